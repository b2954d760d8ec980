use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity};
use crate::contract::ContractStatus;
use crate::ids::{ContractId, ItemId, LineId, LocationId, SupplierId};

/// What somebody should look at before a release is published. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Warning {
    /// Two lines of one contract with equal merit. An order looks the same with either line.
    #[error("{0}: they are on one contract at the same price: remove one of them")]
    Redundant(Tie),
    /// A line that always loses to another line.
    #[error(
        "{line} can never win, because {by} always goes before it: leave it out, or give it a \
         territory, dates or a priority of its own"
    )]
    NeverWins {
        /// The line.
        line: LineName,
        /// The line that always goes before it.
        by: LineName,
    },
    /// A line that no order can reach.
    #[error("{line} can never be ordered: {why}")]
    NeverOrdered {
        /// The line.
        line: LineName,
        /// The reason, and what to do.
        why: WhyNever,
    },
    /// A price that moved by more than 20 % since the previous version.
    #[error(
        "{line}: the price from {threshold} on moved from {before} to {after}, more than 20 %: \
         compare it with the supplier's notice"
    )]
    PriceMoved {
        /// The line.
        line: LineName,
        /// The threshold of the tier.
        threshold: Decimal,
        /// The price in the previous version.
        before: Decimal,
        /// The price now. Both prices are per base unit in the comparison currency when package,
        /// base quantity or currency changed.
        after: Decimal,
    },
    /// A price whose dates exceed those of its contract.
    #[error(
        "{line}: its price window {window} reaches outside the contract's {contract}: shorten it, \
         or extend the contract"
    )]
    WindowOutsideContract {
        /// The line.
        line: LineName,
        /// The days of the line or tier.
        window: Validity,
        /// The days of the contract.
        contract: Validity,
    },
    /// Lines that could be ordered in parts of a unit before, and can no longer.
    #[error(
        "{lines} lines can now be ordered in whole units only, although parts could be ordered \
         before (for example {example}): say \"divisible\": true on a line whose supplier sells \
         parts"
    )]
    NoLongerInParts {
        /// The number of such lines.
        lines: usize,
        /// The first of these lines.
        example: LineName,
    },
    /// Items whose last source ends soon.
    #[error(
        "contract {contract}: {items} of its items have no source after {end} (for example \
         {example}): renew it, or put them on another contract"
    )]
    ExpiringWithoutSuccessor {
        /// The contract of that source.
        contract: ContractId,
        /// The last day of its lines for these items.
        end: Date,
        /// The number of its items without a later source.
        items: usize,
        /// The first of these items.
        example: ItemId,
    },
    /// An item that could be ordered at some site before, and can no longer.
    #[error(
        "item {item} loses its last source at {sites} sites (for example {example}), where \
         contract {contract} supplied it: put it on a contract, or tell the sites"
    )]
    LosesLastSource {
        /// The item without a source.
        item: ItemId,
        /// The number of sites that lose the source.
        sites: usize,
        /// The first of these sites.
        example: LocationId,
        /// The contract that supplied the item there.
        contract: ContractId,
    },
    /// A new version makes a contract orderable that was suspended or ended.
    #[error(
        "contract {contract}: version {version} makes it orderable again, but version \
         {version_before} is {before:?}: discard the draft if this is a mistake"
    )]
    Revived {
        /// The contract that becomes orderable.
        contract: ContractId,
        /// The new version.
        version: u32,
        /// The previous version.
        version_before: u32,
        /// The state of the previous version.
        before: ContractStatus,
    },
    /// Two suppliers that are probably the same.
    #[error(
        "suppliers {a} ({a_name:?}) and {b} ({b_name:?}) differ only by case or punctuation: if \
         they are one, keep one"
    )]
    SupplierNamesAlike {
        /// The first supplier.
        a: SupplierId,
        /// The name of the first supplier.
        a_name: String,
        /// The second supplier.
        b: SupplierId,
        /// The name of the second supplier.
        b_name: String,
    },
    /// A scope or territory both includes and excludes a location.
    #[error(
        "{holder}: {location} is both included and excluded, and counts as excluded: remove one of \
         the two"
    )]
    IncludedAndExcluded {
        /// The contract or line with the scope or territory.
        holder: String,
        /// The location.
        location: LocationId,
    },
    /// Lines of a contract in force that have prices, but none on the first day of the release.
    #[error(
        "contract {contract} is in force, but it has no price on {day} for {lines} of its lines (for \
         example line {example}): give a price for this day"
    )]
    NoPriceToday {
        /// The contract.
        contract: ContractId,
        /// The first day of the release.
        day: Date,
        /// The number of such lines.
        lines: usize,
        /// The first of these lines.
        example: LineId,
    },
    /// Terms that contradict each other.
    #[error("{holder}: {problem}")]
    Contradiction {
        /// The contract or line.
        holder: String,
        /// The contradicting terms, and what to do.
        problem: &'static str,
    },
}

/// Why no order can reach a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum WhyNever {
    /// The line and its contract have no day in common.
    #[error("it has no day in common with its contract: correct its dates")]
    NoDay,
    /// The territory of the line and the scope of the contract have no site in common.
    #[error("its territory contains no site of its contract: correct the territory or the scope")]
    NoSite,
    /// The delivery schedule has no day.
    #[error("its delivery schedule has no day: name the weekdays of delivery")]
    NoDelivery,
    /// No tier holds on any day of the line.
    #[error("no price holds on any of its days: correct the dates of its tiers")]
    NoPrice,
}
