//! Failures at a tablet (its session, a catalogue, a command) in every language.

use calloff_core::catalogue::release::ReleaseError;
use calloff_core::document::AnyRefusal;
use calloff_core::order::OrderState;
use calloff_core::sync::ReplicaError;

use crate::i18n::{Names, Sentence, Text, document_error, order_refusal, site_refusal};
use crate::tablet::state::dispatch_error::DispatchError;
use crate::tablet::state::release_store::CatalogueError;
use crate::tablet::state::session::SessionError;
use crate::tablet::state::tablet::StartError;

impl From<&SessionError> for Sentence {
    fn from(why: &SessionError) -> Self {
        match why {
            SessionError::Storage(error) => error.into(),
            SessionError::Unreadable(_) => Text::FailedUnreadable.into(),
        }
    }
}

impl From<&StartError> for Sentence {
    fn from(why: &StartError) -> Self {
        match why {
            StartError::Storage(error) => error.into(),
            StartError::Session(error) => error.into(),
            StartError::BadKey(_) => Text::FailedKey.into(),
        }
    }
}

impl From<&CatalogueError> for Sentence {
    fn from(why: &CatalogueError) -> Self {
        match why {
            CatalogueError::Http(error) => error.into(),
            CatalogueError::Storage(error) => error.into(),
            CatalogueError::Inconsistent(_) => Text::CatalogueInconsistent.into(),
            CatalogueError::Refused(error) => Self::from(match error {
                ReleaseError::BadSignature => Text::CatalogueBadSignature,
                ReleaseError::Unreadable | ReleaseError::TooLarge => Text::CatalogueTooNew,
                ReleaseError::OldFormat(_) => Text::CatalogueTooOld,
                ReleaseError::NotHex(_)
                | ReleaseError::MissingChunk(_)
                | ReleaseError::Chunk(..)
                | ReleaseError::Difference(..) => Text::CatalogueDamaged,
            }),
        }
    }
}

/// Why a command was not carried out. Lines are those of `order`, the order of the command; `None`
/// for another document. Items have the names of this catalogue.
#[must_use]
pub fn dispatch_error(
    why: &DispatchError,
    order: Option<&OrderState>,
    names: &impl Names,
) -> Sentence {
    match why {
        DispatchError::Refused(ReplicaError::Refused(AnyRefusal::Order(why))) => {
            Sentence::of(|language| order_refusal(why, order, language, names))
        }
        DispatchError::Refused(ReplicaError::Refused(AnyRefusal::Site(why))) => {
            Sentence::of(|language| site_refusal(why, language, names))
        }
        DispatchError::Refused(ReplicaError::Document(why)) => document_error(why).into(),
        DispatchError::NotSaved(error) => error.into(),
        DispatchError::NoRandomness(error) => error.into(),
        DispatchError::BadId(_) => Text::FailedNotWritten.into(),
        DispatchError::InLeadingTab(undone) => undone.reason.clone(),
        DispatchError::NobodyOrders => Text::FailedNobody.into(),
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::order::OrderRefusal;

    use super::*;
    use crate::i18n::Language;
    use crate::testing::{catalogue, draft};

    #[test]
    fn a_command_that_a_rule_forbids_says_so_in_every_language_and_names_the_item() {
        let (catalogue, order) = (catalogue(), draft(1));
        let has_line =
            calloff_core::site::SiteRefusal::ItemHasLine { item: "flour".parse().unwrap() };
        let said = |why: AnyRefusal| {
            let why = DispatchError::Refused(ReplicaError::Refused(why));
            dispatch_error(&why, Some(&order), &catalogue)
        };
        let said_of_item = said(has_line.into());
        assert!(said_of_item.in_language(Language::German).ends_with("steht schon in der Liste."));
        assert!(
            !said_of_item.in_language(Language::German).starts_with("flour"),
            "{said_of_item:?}"
        );
        let quantity =
            said(OrderRefusal::BadQuantity { quantity: "1.1234567".parse().unwrap() }.into());
        assert!(
            quantity.in_language(Language::German).starts_with("1,1234567 ist nicht bestellbar"),
            "{quantity:?}"
        );
        let line = order.lines.keys().next().unwrap().clone();
        let price = said(OrderRefusal::LockedPriceOutOfBounds { line }.into());
        assert!(price.in_language(Language::English).starts_with("Flour, plain"), "{price:?}");
    }
}
