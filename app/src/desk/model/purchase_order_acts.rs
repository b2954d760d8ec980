//! What a person can do with a purchase order, and what they should know first.

use calloff_core::order::PurchaseOrderState;
use calloff_core::supplier::OrderChannel;
use calloff_core::wire::{DispatchRow, DispatchState, PurchaseOrderDetail};

use crate::i18n::Text;

/// How a person can have the server send a purchase order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The supplier does not have it.
    Now,
    /// Nobody knows whether the supplier has it.
    Perhaps,
    /// The supplier has it, and gets it once more.
    Again,
}

/// Whether this version of the server sends by a channel.
#[must_use]
pub fn is_sent_by_server(channel: &OrderChannel) -> bool {
    match channel {
        OrderChannel::Email(_) | OrderChannel::FileDrop(_) => true,
        OrderChannel::Manual | OrderChannel::Webhook(_) => false,
    }
}

/// How the server can be told to send. `None` if it has no way, or sends by itself.
#[must_use]
pub fn sending(detail: &PurchaseOrderDetail) -> Option<Sending> {
    if !detail.channels.iter().any(is_sent_by_server) {
        return None;
    }
    match detail.row.state {
        PurchaseOrderState::NeedsPerson => Some(Sending::Now),
        PurchaseOrderState::Unknown => Some(Sending::Perhaps),
        PurchaseOrderState::Sent => Some(Sending::Again),
        PurchaseOrderState::ToSend | PurchaseOrderState::Uncertain => None,
    }
}

/// Whether a person can say that they sent it.
#[must_use]
pub fn may_be_by_hand(detail: &PurchaseOrderDetail) -> bool {
    detail.row.state != PurchaseOrderState::Sent
}

/// The sending by a person that can be taken back. `None` if the server sent the purchase order.
#[must_use]
pub fn by_hand(detail: &PurchaseOrderDetail) -> Option<&DispatchRow> {
    let sent = detail.dispatches.iter().find(|dispatch| dispatch.state == DispatchState::Sent)?;
    let is_by_hand = sent.channel == OrderChannel::Manual;
    (is_by_hand && detail.row.state == PurchaseOrderState::Sent).then_some(sent)
}

/// The number of dispatches that the person sees. The server refuses an act if there are more.
#[must_use]
pub fn seen(detail: &PurchaseOrderDetail) -> u32 {
    u32::try_from(detail.dispatches.len()).unwrap_or(u32::MAX)
}

/// Where the purchase order is, why, and what to do.
#[must_use]
pub fn advice(detail: &PurchaseOrderDetail) -> Text {
    let has_failed = || {
        let waiting =
            detail.dispatches.iter().find(|dispatch| dispatch.state == DispatchState::Waiting);
        let answered = |dispatch: &DispatchRow| {
            dispatch.attempts.iter().any(|attempt| attempt.answer.is_some())
        };
        waiting.is_some_and(answered)
    };
    match detail.row.state {
        PurchaseOrderState::Unknown => Text::AdviceNotKnown,
        PurchaseOrderState::ToSend if has_failed() => Text::AdviceTriesAgain,
        PurchaseOrderState::ToSend => Text::AdviceToSend,
        PurchaseOrderState::Uncertain => Text::AdvicePerhapsSent,
        PurchaseOrderState::Sent if by_hand(detail).is_some() => Text::AdviceSentByHand,
        PurchaseOrderState::Sent => Text::AdviceSent,
        PurchaseOrderState::NeedsPerson if detail.channels.iter().any(is_sent_by_server) => {
            Text::AdviceChannelsFailed
        }
        PurchaseOrderState::NeedsPerson if detail.channels.iter().any(is_webhook) => {
            Text::AdviceWebhook
        }
        PurchaseOrderState::NeedsPerson => Text::AdviceNoChannel,
    }
}

fn is_webhook(channel: &OrderChannel) -> bool {
    matches!(channel, OrderChannel::Webhook(_))
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::DocumentId;
    use calloff_core::money::{Currency, Money};
    use calloff_core::wire::{DispatchAttempt, PurchaseOrderRow};

    use super::*;

    fn detail(state: PurchaseOrderState, channels: &[OrderChannel]) -> PurchaseOrderDetail {
        let row = PurchaseOrderRow {
            number: "PO-1".to_owned(),
            order: DocumentId::mint(0, [1; 10]),
            site: "S01".parse().unwrap(),
            site_name: "Harbour".to_owned(),
            supplier: "A1".parse().unwrap(),
            supplier_name: "Acme".to_owned(),
            delivery_date: "2026-03-02".parse().unwrap(),
            total: Money::zero(Currency::parse("GBP").unwrap()),
            lines: 1,
            state,
            state_since: None,
        };
        PurchaseOrderDetail {
            row,
            text: None,
            why_person: None,
            ubl_gaps: Vec::new(),
            channels: channels.to_vec(),
            contacts: Vec::new(),
            dispatches: Vec::new(),
        }
    }

    fn dispatch(channel: OrderChannel, state: DispatchState) -> DispatchRow {
        DispatchRow {
            id: 1,
            revision: 1,
            channel,
            copy: 1,
            state,
            by: None,
            note: String::new(),
            created_at: 0,
            attempts: Vec::new(),
            has_content: false,
            has_ubl: false,
        }
    }

    fn email() -> OrderChannel {
        OrderChannel::Email("orders@acme.example".to_owned())
    }

    #[test]
    fn the_server_is_asked_only_if_it_has_a_way_and_does_not_send_by_itself() {
        let offered = |state, channels: &[OrderChannel]| sending(&detail(state, channels));
        assert_eq!(offered(PurchaseOrderState::NeedsPerson, &[email()]), Some(Sending::Now));
        assert_eq!(offered(PurchaseOrderState::Unknown, &[email()]), Some(Sending::Perhaps));
        assert_eq!(offered(PurchaseOrderState::Sent, &[email()]), Some(Sending::Again));
        assert_eq!(offered(PurchaseOrderState::ToSend, &[email()]), None);
        assert_eq!(offered(PurchaseOrderState::Uncertain, &[email()]), None);
        let webhook = OrderChannel::Webhook("https://acme.example".to_owned());
        assert_eq!(
            offered(PurchaseOrderState::NeedsPerson, &[webhook, OrderChannel::Manual]),
            None
        );
    }

    #[test]
    fn only_a_sending_by_hand_that_still_counts_is_taken_back() {
        let mut sent = detail(PurchaseOrderState::Sent, &[email()]);
        sent.dispatches = vec![dispatch(email(), DispatchState::Sent)];
        assert_eq!(by_hand(&sent), None);
        assert_eq!(advice(&sent), Text::AdviceSent);
        sent.dispatches.insert(0, dispatch(OrderChannel::Manual, DispatchState::TakenBack));
        assert_eq!(by_hand(&sent), None);
        sent.dispatches.insert(0, dispatch(OrderChannel::Manual, DispatchState::Sent));
        assert!(by_hand(&sent).is_some() && !may_be_by_hand(&sent));
        assert_eq!((seen(&sent), advice(&sent)), (3, Text::AdviceSentByHand));
    }

    #[test]
    fn the_advice_says_why_a_person_must_send() {
        let needs =
            |channels: &[OrderChannel]| advice(&detail(PurchaseOrderState::NeedsPerson, channels));
        let webhook = OrderChannel::Webhook("https://acme.example".to_owned());
        assert_eq!(needs(&[]), Text::AdviceNoChannel);
        assert_eq!(needs(std::slice::from_ref(&webhook)), Text::AdviceWebhook);
        assert_eq!(needs(&[webhook, email()]), Text::AdviceChannelsFailed);
    }

    #[test]
    fn an_order_that_is_tried_again_says_so() {
        let mut waits = detail(PurchaseOrderState::ToSend, &[email()]);
        waits.dispatches = vec![dispatch(email(), DispatchState::Waiting)];
        assert_eq!(advice(&waits), Text::AdviceToSend);
        let refused = DispatchAttempt { at: 0, answer: Some("450 try later".to_owned()) };
        waits.dispatches[0].attempts = vec![refused];
        assert_eq!(advice(&waits), Text::AdviceTriesAgain);
    }
}
