use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity};
use crate::ids::{ContractId, ItemId, LineId, LocationId, SupplierId};
use crate::money::Currency;
use crate::unit::Unit;

/// Why a content is not published. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum ContentRefusal {
    /// Two lines tie, and no decision says which one wins.
    #[error("{0}: give one contract a priority, or settle the tie")]
    Ambiguous(Tie),
    /// A contract has no accountable person.
    #[error("contract {0} has no owner: name the person who answers for it")]
    NoOwner(ContractId),
    /// No site may order from a contract.
    #[error("contract {0} has an empty scope: include a location with at least one site")]
    EmptyScope(ContractId),
    /// A validity ends before it starts.
    #[error("{0}: it ends before it starts ({1}): correct the dates")]
    EndBeforeStart(String, Validity),
    /// A date in the year 9999, which other systems write for "never".
    #[error(
        "{0}: {1} is what other systems write for \"never\": leave the end open, or give the real \
         date"
    )]
    SentinelDate(String, Date),
    /// A line has no price.
    #[error("{0} has no price: give it one, or leave the line out")]
    NoPrice(LineName),
    /// A price is negative.
    #[error("{0} has the price {1}, which is below zero: correct it")]
    NegativePrice(LineName, Decimal),
    /// The amounts of a price do not fit a decimal.
    #[error(
        "{0}: the amount of {1} units does not fit 28 digits: correct the price {2}, or set a \
         smaller maximum order quantity"
    )]
    AmountTooLarge(LineName, Decimal, Decimal),
    /// Even the smallest order of a line costs more than an order line may.
    #[error(
        "{0}: {1} units, the smallest order, cost more than an order line may ({2}), so that nobody \
         can order it: correct the price, or order in a smaller unit"
    )]
    NeverAffordable(LineName, Decimal, Decimal),
    /// A price is larger than a locked price may be.
    #[error("{0} has the price {1}, which is larger than any order may have: correct it")]
    PriceTooLarge(LineName, Decimal),
    /// The content of a package is missing or not positive.
    #[error("{0}: its orderable unit has no content: say how many base units of the item it holds")]
    NoContent(LineName),
    /// A unit with a fixed size has another content.
    #[error(
        "{line}: one {unit} is {size} {base_unit}, and the line says {content}: correct the \
         content, or order in a package"
    )]
    ContentContradictsUnit {
        /// The line.
        line: LineName,
        /// The orderable unit of the line.
        unit: Unit,
        /// The size of that unit, in base units.
        size: Decimal,
        /// The base unit of the item.
        base_unit: Unit,
        /// The content that the line gives.
        content: Decimal,
    },
    /// The price per base unit of the item is not an exact decimal.
    #[error(
        "{0}: its price per base unit of the item cannot be computed exactly: check content and \
         base quantity"
    )]
    IncomparablePrice(LineName),
    /// The currency of a contract has no comparison rate.
    #[error("contract {0} is in {1}, for which there is no comparison rate: set one")]
    NoRate(ContractId, Currency),
    /// A comparison rate cannot be used.
    #[error(
        "the comparison rate of {0} is {1}: it must be above zero, and 1 for the comparison \
         currency itself"
    )]
    BadRate(Currency, Decimal),
    /// Two tiers of a line hold for the same quantity on the same day.
    #[error("{0} has two tiers from {1} on that share the days {2}: keep one of them")]
    OverlappingTiers(LineName, Decimal, Validity),
    /// Minimum, maximum and increment allow no quantity.
    #[error("{0}: its minimum, maximum and increment leave no quantity to order: correct them")]
    NoOrderableQuantity(LineName),
    /// A bound of the quantity is negative or has too many decimal places.
    #[error(
        "{line}: its {what} is {value}: it must not be negative, nor finer than {} decimal places",
        crate::limits::ORDER_QUANTITY_SCALE
    )]
    BadQuantity {
        /// The line.
        line: LineName,
        /// The name of the bound.
        what: &'static str,
        /// The value that the line gives.
        value: Decimal,
    },
    /// The increment is not a whole number, although the line is not divisible.
    #[error(
        "{0}: its increment {1} is not a whole number, and the line says that it is not divisible: \
         correct one of the two"
    )]
    PartOfWhole(LineName, Decimal),
    /// A term has a number that is not allowed.
    #[error("{holder}: its {what} is {value}: {rule}")]
    BadTerm {
        /// The contract or line, in words.
        holder: String,
        /// The name of the term.
        what: &'static str,
        /// The value of the term.
        value: String,
        /// The values that are allowed.
        rule: &'static str,
    },
    /// A commitment is in a unit to which a line that it counts does not convert.
    #[error(
        "{line}: {orderable} does not convert exactly to {unit}, in which contract {holder} \
         commits: commit in a unit of the item, or by value"
    )]
    CommitmentUnit {
        /// The line that the commitment counts.
        line: LineName,
        /// The orderable unit of the line.
        orderable: Unit,
        /// The unit of the commitment.
        unit: Unit,
        /// The contract or line with the commitment.
        holder: String,
    },
    /// A minimum commitment exceeds the hard maximum.
    #[error("{0}: it must buy {1} and may buy {2} at most: correct one of the commitments")]
    MinimumAboveMaximum(String, Decimal, Decimal),
    /// A hard maximum has another unit in a later version, so that nobody can say how much of it is
    /// left.
    #[error(
        "{0}: its hard maximum is counted in another unit than in the version before: keep the \
         unit, or write a new contract"
    )]
    CapChangesMeasure(String),
    /// The allotments of the sites exceed the hard maximum.
    #[error(
        "{holder}: the allotments of its sites come to {allotted}, and its hard maximum is {cap}: \
         give the sites less"
    )]
    AllotmentsBeyondCap {
        /// The contract or line with the hard maximum.
        holder: String,
        /// The sum of all allotments.
        allotted: Decimal,
        /// The hard maximum.
        cap: Decimal,
    },
    /// An allotment is wrong: its amount, its site or its commitment.
    #[error("the allotment of {holder} at {site}: {problem}")]
    BadAllotment {
        /// The contract or line of the allotment.
        holder: String,
        /// The site of the allotment.
        site: LocationId,
        /// The problem, and what to do.
        problem: &'static str,
    },
    /// Two sourcing rules disagree for the same day.
    #[error(
        "two sourcing rules for {subject}, {supplier} at {location} say {first} and {second} for \
         the days {dates}: keep one of them"
    )]
    ContradictoryRules {
        /// The item or category of the rules.
        subject: String,
        /// The supplier of the rules.
        supplier: SupplierId,
        /// The node of the rules.
        location: LocationId,
        /// The preference in one rule.
        first: String,
        /// The preference in the other rule.
        second: String,
        /// The days that both rules share.
        dates: Validity,
    },
    /// Two things have the same identifier.
    #[error("{0} appears twice: leave one out, or give it another number")]
    Duplicate(String),
    /// Two items have the same trade item number.
    #[error(
        "GTIN {0} is on item {1} and on item {2}, but a GTIN means one item: take it from one of \
         them"
    )]
    SharedGtin(String, ItemId, ItemId),
    /// A reference names something that does not exist.
    #[error(
        "{holder} names the {kind} {name}, which does not exist: correct it, or import the {kind} \
         first"
    )]
    Unknown {
        /// The thing that has the reference.
        holder: String,
        /// The kind of thing that the reference should name.
        kind: &'static str,
        /// The identifier in the reference.
        name: String,
    },
    /// The locations do not form a tree.
    #[error("{0}: correct the locations")]
    Locations(String),
    /// Approved substitutes of items form a circle.
    #[error("the approved substitutes form a circle: {}: take one of them back", circle(.0))]
    CircularSubstitutes(Vec<ItemId>),
    /// Lines replace each other in a circle.
    #[error("contract {0}: its lines replace each other in a circle: {circle}: correct one of \
             them", circle = circle(.1))]
    CircularReplacement(ContractId, Vec<LineId>),
    /// The decisions about ties contradict each other.
    #[error(
        "the decisions about ties contradict each other in a circle: {}: take one of them back",
        circle(.0)
    )]
    CircularDecisions(Vec<ContractId>),
    /// An error that no other finding names.
    #[error("{0}")]
    Broken(String),
}

/// Writes a circle as "a → b → a".
fn circle(ids: &[impl ToString]) -> String {
    let names: Vec<String> = ids.iter().chain(ids.first()).map(ToString::to_string).collect();
    names.join(" → ")
}
