//! Orders as documents.

mod paths;
mod read;
mod schema;
mod write;

pub use read::read_order;
pub use write::{record_answer, record_progress};

use automerge::Automerge;

use super::model::{Allowed, DocumentModel, Part, Sender, Touch};
use super::schema::Schema;
use crate::ids::{DocumentId, LocationId};
use crate::limits::{LINE_AMOUNT, ORDER_LINES};
use crate::order::decide::{check_locked_prices, check_merge, check_not_frozen};
use crate::order::{self, Command, Intent, OrderRefusal, OrderStage, OrderState, PurchaseOrder};
use crate::wire::{DocumentKind, PushRefusal, PushRefusalCode};

impl DocumentModel for OrderState {
    const KIND: DocumentKind = DocumentKind::Order;
    const SCHEMAS: &'static [Schema] = &[Schema {
        kind: Self::KIND,
        version: 1,
        maps: &[schema::HEADER, schema::LINES, schema::SERVER],
        genesis: [
            0x95, 0xeb, 0x39, 0x15, 0xcb, 0xff, 0xba, 0x60, 0x1f, 0x8a, 0x63, 0x4e, 0x56, 0x28,
            0x5a, 0x30, 0xb3, 0x44, 0xf8, 0xea, 0x38, 0xeb, 0x4e, 0xad, 0x2c, 0x9c, 0xc8, 0x02,
            0x0a, 0x95, 0x0d, 0x4d,
        ],
        read: |id, document| {
            let (order, anomalies) = read_order(id, document);
            (order.map(Into::into), anomalies)
        },
    }];
    const PARTS: &'static [Part] = &paths::PARTS;

    type Command = Command;
    type Refusal = OrderRefusal;

    fn decide(state: Option<&Self>, intent: &Intent) -> Result<(), OrderRefusal> {
        order::decide(state, intent)
    }

    fn decide_again(&self, intent: &Intent) -> Result<(), OrderRefusal> {
        match &intent.command {
            _ if !self.is_editable() => Ok(()),
            // A line that does not exist any more gets another refusal.
            Command::SetQuantity { line, .. } if self.lines.contains_key(line) => {
                Err(OrderRefusal::ChangedMeanwhile { line: line.clone() })
            }
            Command::SetNote { .. } => Err(OrderRefusal::NoteChangedMeanwhile),
            Command::SetName { .. } | Command::HandOver { .. } | Command::KeepOrder { .. } => {
                Err(OrderRefusal::OrderChangedMeanwhile)
            }
            _ => Ok(()),
        }
    }

    fn seen_by(&self, command: &Command) -> Vec<String> {
        self.seen_by(command)
    }

    fn read_again(&mut self, document: &Automerge, command: &Command) -> bool {
        match command {
            // A change of a discarded order brings the order back.
            Command::AddLine { line, .. } | Command::SetQuantity { line, .. }
                if self.discarded.is_none() =>
            {
                read::read_line_again(document, self, line);
                true
            }
            _ => false,
        }
    }

    fn allowed(touch: &Touch<'_>, is_begun: bool) -> Option<Allowed> {
        paths::allowed(touch, is_begun)
    }

    /// An order must not take the identifier of a site's settings.
    fn check_identifier(
        document: DocumentId,
        _: &LocationId,
        is_new: bool,
    ) -> Result<(), PushRefusal> {
        if is_new && !document.is_minted() {
            return Err(PushRefusal::new(
                PushRefusalCode::WrongDocument,
                "an order's identifier is a UUID of version 7",
            ));
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), PushRefusal> {
        Ok(check_not_frozen(self)?)
    }

    fn check_pushed(
        before: Option<&Self>,
        after: &Self,
        sender: Sender<'_>,
    ) -> Result<(), PushRefusal> {
        check_site(after, sender)?;
        let submitted_before = before.and_then(|order| order.submitted.as_ref());
        if let Some(submission) =
            after.submitted.as_ref().filter(|after| Some(*after) != submitted_before)
            && submission.device != sender.device
        {
            return Err(PushRefusal::new(
                PushRefusalCode::RuleBroken,
                "the submission names another tablet",
            ));
        }
        if before == Some(after) { Ok(()) } else { Ok(check_merge(before, after)?) }
    }

    /// An offer must not change an order that the server has accepted since. It may change an order
    /// on hold only with the answer that ends the hold.
    fn check_taken_up(
        before: Option<&Self>,
        after: &Self,
        sender: Sender<'_>,
    ) -> Result<(), PushRefusal> {
        check_site(after, sender)?;
        check_amounts(after)?;
        match (before.map(Self::stage), after.stage()) {
            (Some(OrderStage::Accepted), _) => Err(OrderRefusal::OrderAlreadyAccepted.into()),
            (Some(OrderStage::OnHold), OrderStage::OnHold) => {
                Err(OrderRefusal::OrderAlreadySubmitted.into())
            }
            _ => Ok(()),
        }
    }
}

impl From<OrderRefusal> for PushRefusal {
    fn from(rule: OrderRefusal) -> Self {
        let code = match rule {
            OrderRefusal::OrderAlreadyAccepted => PushRefusalCode::OrderAlreadyAccepted,
            OrderRefusal::OrderAlreadySubmitted => PushRefusalCode::OrderAlreadySubmitted,
            _ => PushRefusalCode::RuleBroken,
        };
        Self::new(code, rule.to_string())
    }
}

fn check_site(order: &OrderState, sender: Sender<'_>) -> Result<(), PushRefusal> {
    if order.site == *sender.site {
        return Ok(());
    }
    Err(PushRefusal::new(
        PushRefusalCode::WrongDocument,
        format!("the order is for {}, and this tablet orders for {}", order.site, sender.site),
    ))
}

/// Checks that the amounts of an order that head office takes up can be added by databases.
fn check_amounts(order: &OrderState) -> Result<(), PushRefusal> {
    check_locked_prices(order)?;
    let most = LINE_AMOUNT.saturating_mul(i64::try_from(ORDER_LINES).unwrap_or(i64::MAX));
    let is_beyond = |purchase_order: &&PurchaseOrder| {
        !purchase_order.total.to_minor_units().is_some_and(|total| (0..=most).contains(&total))
    };
    match order.server.purchase_orders.iter().find(is_beyond) {
        Some(PurchaseOrder { number, total, .. }) => Err(PushRefusal::new(
            PushRefusalCode::RuleBroken,
            format!("purchase order {number} comes to {total}, which no order can"),
        )),
        None => Ok(()),
    }
}
