//! The promises about orders.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::Catalogue;
use calloff_core::document::AnyIntent;
use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, OrderStage, OrderState};
use calloff_core::sync::Replica;
use rust_decimal::Decimal;

use super::{Checked, Oracle};
use crate::head_office::Finance;

/// The facts about the orders that were accepted so far.
pub struct Orders<'c> {
    catalogue: &'c Catalogue,
    /// The orders as they were when they were accepted.
    pub frozen: BTreeMap<DocumentId, OrderState>,
    /// The order of each purchase order number.
    numbers: BTreeMap<String, DocumentId>,
    /// The accepted order of each line. A line that came too late keeps its identifier on the new
    /// draft.
    lines: BTreeMap<OrderLineId, DocumentId>,
    is_restored: bool,
}

impl<'c> Orders<'c> {
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            catalogue,
            frozen: BTreeMap::new(),
            numbers: BTreeMap::new(),
            lines: BTreeMap::new(),
            is_restored: false,
        }
    }

    /// A copy of the database was put back. The numbers of purchase orders that were used stay
    /// used.
    pub fn on_restored(&mut self) {
        self.frozen.clear();
        self.lines.clear();
        self.is_restored = true;
    }

    /// Checks that an accepted order never changes, and that each line is ordered once, at the
    /// price of its release.
    pub fn check(&mut self, order: &OrderState) -> Checked {
        let id = order.document;
        if let Some(accepted) = self.frozen.get(&id) {
            return if accepted == order {
                Ok(())
            } else {
                Err("changed after it was accepted".to_owned())
            };
        }
        if order.stage() != OrderStage::Accepted {
            return if order.server.purchase_orders.is_empty() {
                Ok(())
            } else {
                Err("ordered, and not accepted".to_owned())
            };
        }
        let mut ordered = BTreeSet::new();
        for purchase_order in &order.server.purchase_orders {
            let other = self.numbers.insert(purchase_order.number.clone(), id);
            // An order that is taken up after a restore comes back with its number.
            if other.is_some_and(|other| other != id || !self.is_restored) {
                return Err(format!("{} was given twice", purchase_order.number));
            }
            for line in &purchase_order.lines {
                if !ordered.insert(line.clone()) {
                    return Err(format!("line {line} is ordered twice"));
                }
            }
        }
        if !order.ordered_lines().map(|(line, _)| line).eq(ordered.iter()) {
            return Err("its purchase orders are not its lines".to_owned());
        }
        for (line, ordered) in order.ordered_lines() {
            if let Some(other) = self.lines.insert(line.clone(), id) {
                return Err(format!("line {line} was ordered by {other} already"));
            }
            let locked = ordered
                .locked
                .as_ref()
                .ok_or_else(|| format!("line {line} is accepted without a locked price"))?;
            let resolved = basket(order, self.catalogue, locked.resolved_for());
            let resolved = resolved.groups.iter().find_map(|group| group.lines.get(line));
            if resolved != Some(locked) {
                return Err(format!(
                    "line {line} is accepted at {locked:?}, and the release says {resolved:?}"
                ));
            }
        }
        self.frozen.insert(id, order.clone());
        Ok(())
    }
}

/// Checks that finance reads the same as the document says.
pub fn check_finance(order: &OrderState, row: Option<Finance>) -> Checked {
    let mut totals: Vec<_> =
        order.server.purchase_orders.iter().map(|order| order.total.to_string()).collect();
    totals.sort();
    let lines = u32::try_from(order.ordered_lines().count()).unwrap_or(u32::MAX);
    let expected = Finance { stage: order.stage(), lines, totals };
    match (row, order.submitted.is_some()) {
        (None, false) => Ok(()),
        // The rows are those of the answered submission. People may edit a refused order
        // afterwards.
        (Some(row), true) if row.stage == OrderStage::Refused && order.is_editable() => Ok(()),
        (Some(row), true) if row == expected => Ok(()),
        (row, _) => Err(format!("finance reads {row:?}, and the order says {expected:?}")),
    }
}

impl Oracle<'_> {
    /// Whether the order says without this intent what the person wanted, or a notice said that the
    /// line went to a new draft.
    pub(super) fn order_needs_no_word(&self, intent: &Intent, replica: &Replica) -> bool {
        let order = replica.order(intent.document);
        let is_moved = |line: &OrderLineId| self.moved.contains(&(intent.document, line.clone()));
        match &intent.command {
            Command::CreateOrder { .. } => order.is_some(),
            // Nobody misses a line that was added and removed again before the order closed.
            Command::AddLine { line, .. } => is_moved(line) || self.is_regretted(intent, line),
            Command::SetQuantity { line, quantity } => {
                let says_so = |order: &OrderState| {
                    order.lines.get(line).is_some_and(|line| {
                        line.quantity.value == *quantity && !line.quantity.is_conflicted()
                    })
                };
                is_moved(line)
                    || quantity.is_zero()
                    || self.is_regretted(intent, line)
                    || self.is_overwritten(intent, line)
                    || order.is_some_and(says_so)
            }
            Command::SetNote { note } => order.is_some_and(|order| order.note.value == *note),
            Command::SetName { name } => order.is_some_and(|order| order.name.value == *name),
            Command::HandOver { to } => order.is_some_and(|order| order.holder.value == *to),
            Command::KeepOrder { keep } => {
                self.is_followed(intent)
                    || order.is_some_and(|order| order.discarded.is_none() == *keep)
            }
            Command::Submit { .. } => {
                order.is_some_and(|order| order.stage() == OrderStage::Accepted)
            }
        }
    }

    /// Whether the last pending quantity for an added line is zero.
    fn is_regretted(&self, added: &Intent, line: &OrderLineId) -> bool {
        let quantities = self.pending_quantities(added.document, line);
        let last = quantities.max_by_key(|(intent, _)| self.sequences.get(&intent.id));
        last.is_some_and(|(_, quantity)| quantity.is_zero())
    }

    /// Whether a later pending quantity of the same tablet replaces this one. The order may say
    /// the earlier one already when both are applied again.
    fn is_overwritten(&self, set: &Intent, line: &OrderLineId) -> bool {
        let sequence = self.sequences.get(&set.id);
        self.pending_quantities(set.document, line).any(|(later, _)| {
            later.device == set.device && self.sequences.get(&later.id) > sequence
        })
    }

    /// Whether a later intent of the same tablet is pending. It brings back an order that was
    /// discarded before it.
    fn is_followed(&self, intent: &Intent) -> bool {
        let sequence = self.sequences.get(&intent.id);
        self.pending.values().any(|(_, later)| {
            later.document() == intent.document
                && later.device() == intent.device
                && self.sequences.get(&later.id()) > sequence
        })
    }

    fn pending_quantities(
        &self,
        document: DocumentId,
        line: &OrderLineId,
    ) -> impl Iterator<Item = (&Intent, Decimal)> {
        self.pending.values().filter_map(move |(_, intent)| match intent {
            AnyIntent::Order(intent) if intent.document == document => match &intent.command {
                Command::SetQuantity { line: other, quantity } if other == line => {
                    Some((intent, *quantity))
                }
                _ => None,
            },
            _ => None,
        })
    }
}
