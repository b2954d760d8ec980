use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity};
use crate::ids::{ContractId, ItemId, LineId, LocationId, SupplierId};
use crate::money::Currency;
use crate::unit::Unit;

/// Why a content is not published. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Refusal {
    /// Two lines tie, and nobody said which wins.
    #[error("{0}: give one contract a priority, or settle the tie")]
    Ambiguous(Tie),
    /// A contract without an accountable person.
    #[error("contract {0} has no owner: name the person who answers for it")]
    NoOwner(ContractId),
    /// A contract that no site may order from.
    #[error("contract {0} has an empty scope: include a location with at least one site")]
    EmptyScope(ContractId),
    /// Something ends before it starts.
    #[error("{0}: it ends before it starts ({1}): correct the dates")]
    EndBeforeStart(String, Validity),
    /// A date of the year 9999, which stands for "never" elsewhere.
    #[error(
        "{0}: {1} is what other systems write for \"never\": leave the end open, or give the real date"
    )]
    SentinelDate(String, Date),
    /// A line without a price.
    #[error("{0} has no price: give it one, or leave the line out")]
    NoPrice(LineName),
    /// A price below nothing.
    #[error("{0} has the price {1}, which is below zero: correct it")]
    NegativePrice(LineName, Decimal),
    /// A price whose amounts do not fit.
    #[error(
        "{0}: the amount of {1} units does not fit 28 digits: correct the price {2}, or set a smaller maximum order quantity"
    )]
    AmountTooLarge(LineName, Decimal, Decimal),
    /// A package of unknown or impossible size.
    #[error("{0}: its orderable unit has no content: say how many base units of the item it holds")]
    NoContent(LineName),
    /// A unit with a size of its own, and another content.
    #[error(
        "{line}: one {unit} is {size} {base_unit}, and the line says {content}: correct the content, or order in a package"
    )]
    ContentContradictsUnit {
        /// The line.
        line: LineName,
        /// Its orderable unit.
        unit: Unit,
        /// What that unit is in base units.
        size: Decimal,
        /// The item's base unit.
        base_unit: Unit,
        /// The content as the line has it.
        content: Decimal,
    },
    /// A price that does not come out exactly per base unit.
    #[error(
        "{0}: its price does not come out exactly per base unit of the item: check content and base quantity"
    )]
    IncomparablePrice(LineName),
    /// No comparison rate for a contract's currency.
    #[error("contract {0} is in {1}, for which there is no comparison rate: set one")]
    NoRate(ContractId, Currency),
    /// A rate at which nothing can be compared.
    #[error(
        "the comparison rate of {0} is {1}: it must be above zero, and 1 for the comparison currency itself"
    )]
    BadRate(Currency, Decimal),
    /// Two tiers of a line hold for one quantity on one day.
    #[error("{0} has two tiers from {1} on that share the days {2}: keep one of them")]
    OverlappingTiers(LineName, Decimal, Validity),
    /// Minimum, maximum and increment leave nothing.
    #[error("{0}: its minimum, maximum and increment leave no quantity to order: correct them")]
    NoOrderableQuantity(LineName),
    /// A quantity that nobody can order.
    #[error(
        "{line}: its {what} is {value}: it must not be negative, nor finer than {} decimal places",
        crate::limits::ORDER_QUANTITY_SCALE
    )]
    BadQuantity {
        /// The line.
        line: LineName,
        /// Which of its quantities.
        what: &'static str,
        /// As the line has it.
        value: Decimal,
    },
    /// An increment of less than a whole unit on a line that is sold in whole ones.
    #[error(
        "{0}: its increment {1} is no whole number, and the line says that it is not divisible: correct one of the two"
    )]
    PartOfWhole(LineName, Decimal),
    /// A term with a number that it cannot have.
    #[error("{holder}: its {what} is {value}: {rule}")]
    BadTerm {
        /// The contract or line.
        holder: String,
        /// Which term.
        what: &'static str,
        /// As it stands.
        value: String,
        /// What would do.
        rule: &'static str,
    },
    /// A commitment in a unit into which a line that it counts does not convert.
    #[error(
        "{line}: {orderable} does not convert exactly to {unit}, in which contract {holder} commits: commit in a unit of the item, or by value"
    )]
    CommitmentUnit {
        /// The line that is counted.
        line: LineName,
        /// Its orderable unit.
        orderable: Unit,
        /// The commitment's.
        unit: Unit,
        /// The contract or line that commits.
        holder: String,
    },
    /// A minimum commitment above a hard maximum.
    #[error("{0}: it must buy {1} and may buy {2} at most: correct one of the commitments")]
    MinimumAboveMaximum(String, Decimal, Decimal),
    /// A hard maximum that changes its unit from one version to the next, so that nobody can say
    /// what is left of it.
    #[error(
        "{0}: its hard maximum is counted in another unit than in the version before: keep the unit, or write a new contract"
    )]
    CapChangesMeasure(String),
    /// Sites were given more of a cap than there is.
    #[error(
        "{holder}: the allotments of its sites come to {allotted}, and its hard maximum is {cap}: give the sites less"
    )]
    AllotmentsBeyondCap {
        /// The contract or line.
        holder: String,
        /// What all sites have.
        allotted: Decimal,
        /// What there is.
        cap: Decimal,
    },
    /// An allotment of nothing, or for nobody.
    #[error("the allotment of {holder} at {site}: {problem}")]
    BadAllotment {
        /// The contract or line.
        holder: String,
        /// The site.
        site: LocationId,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// Rules of the source list that say different things for one day.
    #[error(
        "two sourcing rules for {subject}, {supplier} at {location} say {first} and {second} for the days {dates}: keep one of them"
    )]
    ContradictoryRules {
        /// The item or category.
        subject: String,
        /// The supplier.
        supplier: SupplierId,
        /// The node.
        location: LocationId,
        /// What one says.
        first: String,
        /// What the other says.
        second: String,
        /// The days that both share.
        dates: Validity,
    },
    /// Two of what must be one.
    #[error("{0} appears twice: leave one out, or give it a number of its own")]
    Duplicate(String),
    /// One trade item number for two items.
    #[error(
        "GTIN {0} stands for item {1} and for item {2}: a GTIN means one item, take it from one of them"
    )]
    SharedGtin(String, ItemId, ItemId),
    /// A reference that leads nowhere.
    #[error(
        "{holder} names the {kind} {name}, which does not exist: correct it, or import the {kind} first"
    )]
    Unknown {
        /// Where it stands.
        holder: String,
        /// Of what kind it should be.
        kind: &'static str,
        /// What it names.
        name: String,
    },
    /// The locations are no tree.
    #[error("{0}: correct the locations")]
    Locations(String),
    /// Items that are approved substitutes of each other in a circle.
    #[error("the approved substitutes run in a circle: {}: take one of them back", circle(.0))]
    CircularSubstitutes(Vec<ItemId>),
    /// Lines that take each other's place in a circle.
    #[error("contract {0}: its lines replace each other in a circle: {circle}: correct one of them", circle = circle(.1))]
    CircularReplacement(ContractId, Vec<LineId>),
    /// Decisions which contract wins a tie that contradict each other.
    #[error("the decisions which contract wins a tie run in a circle: {}: take one of them back", circle(.0))]
    CircularDecisions(Vec<ContractId>),
    /// What no check above names.
    #[error("{0}")]
    Broken(String),
}

/// "a → b → a".
fn circle(ids: &[impl ToString]) -> String {
    let names: Vec<String> = ids.iter().chain(ids.first()).map(ToString::to_string).collect();
    names.join(" → ")
}
