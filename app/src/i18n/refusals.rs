//! Why something was not done to an order or to a site's settings, in every language.

use calloff_core::document::DocumentError;
use calloff_core::ids::{ItemId, OrderLineId};
use calloff_core::limits::{
    GUIDE_AREAS, GUIDE_LINES, NAME_BYTES, NOTE_BYTES, ORDER_LINES, ORDER_QUANTITY,
    ORDER_QUANTITY_SCALE, SITE_CONTACTS,
};
use calloff_core::order::{OrderState, Refusal, most_of_a_line};
use calloff_core::site;
use calloff_core::wire::PushRefusalCode;

use super::{Language, Names, Text, decimal, fill, grouped, money};

/// Why something was not done to an order. `order` is the order as this device has it; `None` if
/// the device does not have it.
#[must_use]
pub fn order_refusal(
    why: &Refusal,
    order: Option<&OrderState>,
    language: Language,
    names: &impl Names,
) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    let item_of = |line: &OrderLineId| {
        order.and_then(|order| order.lines.get(line)).map_or_else(
            || Text::AnItem.in_language(language).to_owned(),
            |line| item_name(&line.item, names),
        )
    };
    match why {
        Refusal::NoSuchOrder => say(Text::RefusedNoSuchOrder, &[]),
        Refusal::OrderExists => say(Text::RefusedOrderExists, &[]),
        Refusal::LineExists { .. } => say(Text::RefusedLineExists, &[]),
        Refusal::NoSuchLine { .. } => say(Text::RefusedNoSuchLine, &[]),
        Refusal::TooManyLines => {
            say(Text::RefusedTooManyLines, &[("most", &count(ORDER_LINES, language))])
        }
        Refusal::BadQuantity { quantity } => say(
            Text::RefusedQuantity,
            &[
                ("quantity", &decimal(*quantity, language)),
                ("most", &count(ORDER_QUANTITY, language)),
                ("places", &ORDER_QUANTITY_SCALE.to_string()),
            ],
        ),
        Refusal::NameTooLong => say(Text::RefusedOrderName, &[("most", &NAME_BYTES.to_string())]),
        Refusal::NoteTooLong => say(Text::RefusedNote, &[("most", &count(NOTE_BYTES, language))]),
        Refusal::BadName => say(Text::RefusedName, &[("most", &NAME_BYTES.to_string())]),
        Refusal::OrderAlreadySubmitted => say(Text::RefusedSubmitted, &[]),
        Refusal::OrderAlreadyAccepted => say(Text::RefusedAccepted, &[]),
        Refusal::EmptyOrder => say(Text::ReasonEmptyOrder, &[]),
        Refusal::OpenConflict { .. } => say(Text::RefusedConflict, &[]),
        Refusal::LineNotLocked { line } => say(Text::RefusedNotLocked, &[("item", &item_of(line))]),
        Refusal::StrayLockedPrice { .. } => say(Text::RefusedStrayLockedPrice, &[]),
        Refusal::LockedPriceOutOfBounds { line } => {
            say(Text::RefusedPinBounds, &[("item", &item_of(line))])
        }
        Refusal::LineAmountTooLarge { line, amount } => say(
            Text::RefusedLineAmount,
            &[
                ("item", &item_of(line)),
                ("amount", &money(amount, language)),
                ("most", &money(&most_of_a_line(amount.currency), language)),
            ],
        ),
        Refusal::ChangedMeanwhile { .. }
        | Refusal::NoteChangedMeanwhile
        | Refusal::OrderChangedMeanwhile => say(Text::RefusedChanged, &[]),
    }
}

/// Why something was not done to a site's settings.
#[must_use]
pub fn site_refusal(why: &site::Refusal, language: Language, names: &impl Names) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    match why {
        site::Refusal::BadName => say(Text::RefusedName, &[("most", &NAME_BYTES.to_string())]),
        site::Refusal::AreaExists { .. } => say(Text::RefusedAreaExists, &[]),
        site::Refusal::NoSuchArea { .. } => say(Text::RefusedNoSuchArea, &[]),
        site::Refusal::TooManyAreas => {
            say(Text::RefusedTooManyAreas, &[("most", &count(GUIDE_AREAS, language))])
        }
        site::Refusal::LineExists { .. } => say(Text::RefusedGuideLineExists, &[]),
        site::Refusal::ItemHasLine { item } => {
            say(Text::RefusedItemHasLine, &[("item", &item_name(item, names))])
        }
        site::Refusal::NoSuchLine { .. } => say(Text::RefusedNoSuchGuideLine, &[]),
        site::Refusal::TooManyLines => {
            say(Text::RefusedTooManyGuideLines, &[("most", &count(GUIDE_LINES, language))])
        }
        site::Refusal::BadPar { .. } => say(
            Text::RefusedPar,
            &[
                ("most", &count(ORDER_QUANTITY, language)),
                ("places", &ORDER_QUANTITY_SCALE.to_string()),
            ],
        ),
        site::Refusal::NoWeekdays => say(Text::RefusedNoWeekdays, &[]),
        site::Refusal::BadHours => say(Text::RefusedHours, &[]),
        site::Refusal::InstructionsTooLong => {
            say(Text::RefusedInstructions, &[("most", &count(NOTE_BYTES, language))])
        }
        site::Refusal::TooManyContacts => {
            say(Text::RefusedTooManyContacts, &[("most", &count(SITE_CONTACTS, language))])
        }
        site::Refusal::ChangedMeanwhile => say(Text::RefusedChanged, &[]),
    }
}

/// Why a document was not written.
#[must_use]
pub fn document_error(why: &DocumentError) -> Text {
    match why {
        DocumentError::Unreadable(_) | DocumentError::NotADocument => Text::FailedUnreadable,
        DocumentError::NewerSchema { .. } => Text::FailedNewer,
        DocumentError::Lost => Text::FailedDamaged,
        DocumentError::NotWritten(_) => Text::FailedNotWritten,
    }
}

/// Why the server did not take what a tablet sent.
#[must_use]
pub fn push_refusal(why: PushRefusalCode) -> Text {
    match why {
        PushRefusalCode::TooLarge => Text::PushTooLarge,
        PushRefusalCode::Malformed => Text::PushMalformed,
        PushRefusalCode::WrongActor => Text::PushWrongActor,
        PushRefusalCode::UnknownDependency => Text::PushUnknownDependency,
        PushRefusalCode::WrongNumbering => Text::PushWrongNumbering,
        PushRefusalCode::IntentRepeated => Text::PushIntentRepeated,
        PushRefusalCode::ForbiddenPath => Text::PushForbiddenPath,
        PushRefusalCode::WrongDocument => Text::PushWrongDocument,
        PushRefusalCode::RuleBroken => Text::PushRuleBroken,
        PushRefusalCode::OrderAlreadySubmitted => Text::PushSubmitted,
        PushRefusalCode::OrderAlreadyAccepted => Text::PushAccepted,
        PushRefusalCode::NotReloadable => Text::PushNotReloadable,
        PushRefusalCode::TooManyDrafts => Text::PushTooManyDrafts,
        PushRefusalCode::TooManyOffers => Text::PushTooManyOffers,
        PushRefusalCode::Offered => Text::OfferedToHeadOffice,
        PushRefusalCode::Other => Text::PushOther,
    }
}

/// The item's name. If no catalogue has the item any more, its number, by which people ordered it.
fn item_name(item: &ItemId, names: &impl Names) -> String {
    names.item(item).unwrap_or_else(|| item.to_string())
}

fn count(most: impl ToString, language: Language) -> String {
    grouped(&most.to_string(), language)
}
