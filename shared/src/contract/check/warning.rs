use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity};
use crate::contract::ContractStatus;
use crate::ids::{ContractId, ItemId, LocationId, SupplierId};

/// What is worth a look before a release goes out. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Warning {
    /// Two lines of one contract between which an order shows no difference.
    #[error("{0}: they stand on one contract at the same price, one of them is not needed")]
    Redundant(Tie),
    /// A line that another always goes before.
    #[error(
        "{line} can never win: {by} can be ordered wherever it can and goes before it; leave it out, or give it a territory, \
         dates or a priority of its own"
    )]
    NeverWins {
        /// The line.
        line: LineName,
        /// The one that goes before it.
        by: LineName,
    },
    /// A line that no order can reach.
    #[error("{line} can never be ordered: {why}")]
    NeverOrdered {
        /// The line.
        line: LineName,
        /// Why, and what to do.
        why: WhyNever,
    },
    /// A price moved by more than a fifth since the version before.
    #[error(
        "{line}: the price from {threshold} on moved from {before} to {after}, more than 20 %: compare it with the supplier's notice"
    )]
    PriceMoved {
        /// The line.
        line: LineName,
        /// The tier's threshold.
        threshold: Decimal,
        /// The price before.
        before: Decimal,
        /// The price now. Both are per base unit in the comparison currency where package, base
        /// quantity or currency changed.
        after: Decimal,
    },
    /// A price that is meant to hold on days on which its contract does not.
    #[error(
        "{line}: its price window {window} reaches outside the contract's {contract}: shorten it, or extend the contract"
    )]
    WindowOutsideContract {
        /// The line.
        line: LineName,
        /// The line's or tier's days.
        window: Validity,
        /// The contract's days.
        contract: Validity,
    },
    /// Lines of which parts of an orderable unit could be ordered, and no longer can.
    #[error(
        "{lines} lines can now be ordered in whole units only, where half a case or a third of a piece could be ordered before (for \
         example {example}): say \"divisible\": true on a line whose supplier sells parts"
    )]
    NoLongerInParts {
        /// How many.
        lines: usize,
        /// The first of them.
        example: LineName,
    },
    /// Items whose last source ends soon.
    #[error(
        "contract {contract}: {items} of its items have no source after {end} (for example {example}): renew it, or put them on \
         another contract"
    )]
    ExpiringWithoutSuccessor {
        /// The contract.
        contract: ContractId,
        /// The last day of its lines for them.
        end: Date,
        /// How many of its items have no later source.
        items: usize,
        /// The first of them.
        example: ItemId,
    },
    /// An item that could be ordered somewhere and no longer can.
    #[error(
        "item {item} loses its last source at {sites} sites (for example {example}), where contract {contract} supplied it: put \
         it on a contract, or tell the sites"
    )]
    LosesLastSource {
        /// The item.
        item: ItemId,
        /// At how many sites.
        sites: usize,
        /// The first of them.
        example: LocationId,
        /// A contract that supplied it there.
        contract: ContractId,
    },
    /// A new version of a contract that stood still.
    #[error(
        "contract {contract}: version {version} makes a contract orderable again that is {before:?} since version {version_before}: \
         leave the draft out if that is not meant"
    )]
    Revived {
        /// The contract.
        contract: ContractId,
        /// The new version.
        version: u32,
        /// The version before.
        version_before: u32,
        /// How that stands.
        before: ContractStatus,
    },
    /// Two suppliers that are probably one.
    #[error(
        "suppliers {a} ({a_name:?}) and {b} ({b_name:?}) differ only by case or punctuation: if they are one, keep one"
    )]
    SupplierNamesAlike {
        /// One.
        a: SupplierId,
        /// Its name.
        a_name: String,
        /// The other.
        b: SupplierId,
        /// Its name.
        b_name: String,
    },
    /// A location that a scope or territory both includes and excludes.
    #[error(
        "{holder}: {location} is both included and excluded, and counts as excluded: remove one of the two"
    )]
    IncludedAndExcluded {
        /// The contract or line.
        holder: String,
        /// The location.
        location: LocationId,
    },
    /// Terms of which one makes another pointless.
    #[error("{holder}: {problem}")]
    Contradiction {
        /// The contract or line.
        holder: String,
        /// Which terms, and what to do.
        problem: &'static str,
    },
}

/// Why no order reaches a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum WhyNever {
    /// Its days and its contract's have none in common.
    #[error("none of its days is one of its contract: correct its dates")]
    NoDay,
    /// Its territory and its contract's scope have no site in common.
    #[error(
        "none of its contract's sites lies in its territory: correct the territory or the scope"
    )]
    NoSite,
    /// Its schedule has no day.
    #[error("its delivery schedule has no day: name the weekdays of delivery")]
    NoDelivery,
    /// No tier holds on any of its days.
    #[error("no price holds on any of its days: correct the dates of its tiers")]
    NoPrice,
}
