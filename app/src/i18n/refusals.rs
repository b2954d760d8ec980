//! Why something was not done to an order or to a site's settings, in every language.

use calloff_core::document::DocumentError;
use calloff_core::ids::{ItemId, OrderLineId};
use calloff_core::limits::{
    GUIDE_AREAS, GUIDE_LINES, NAME_BYTES, NOTE_BYTES, ORDER_LINES, ORDER_QUANTITY,
    ORDER_QUANTITY_SCALE, SITE_CONTACTS,
};
use calloff_core::order::{OrderRefusal, OrderState, most_of_a_line};
use calloff_core::site;
use calloff_core::wire::PushRefusalCode;

use super::{Language, Names, Text, decimal, fill, grouped, money};

/// Why something was not done to an order. `order` is the order as this device has it; `None` if
/// the device does not have it.
#[must_use]
pub fn order_refusal(
    why: &OrderRefusal,
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
        OrderRefusal::NoSuchOrder => say(Text::RefusedNoSuchOrder, &[]),
        OrderRefusal::OrderExists => say(Text::RefusedOrderExists, &[]),
        OrderRefusal::LineExists { .. } => say(Text::RefusedLineExists, &[]),
        OrderRefusal::NoSuchLine { .. } => say(Text::RefusedNoSuchLine, &[]),
        OrderRefusal::TooManyLines => {
            say(Text::RefusedTooManyLines, &[("most", &count(ORDER_LINES, language))])
        }
        OrderRefusal::BadQuantity { quantity } => say(
            Text::RefusedQuantity,
            &[
                ("quantity", &decimal(*quantity, language)),
                ("most", &count(ORDER_QUANTITY, language)),
                ("places", &ORDER_QUANTITY_SCALE.to_string()),
            ],
        ),
        OrderRefusal::NameTooLong => {
            say(Text::RefusedOrderName, &[("most", &NAME_BYTES.to_string())])
        }
        OrderRefusal::NoteTooLong => {
            say(Text::RefusedNote, &[("most", &count(NOTE_BYTES, language))])
        }
        OrderRefusal::BadName => say(Text::RefusedName, &[("most", &NAME_BYTES.to_string())]),
        OrderRefusal::OrderAlreadySubmitted => say(Text::RefusedSubmitted, &[]),
        OrderRefusal::OrderAlreadyAccepted => say(Text::RefusedAccepted, &[]),
        OrderRefusal::EmptyOrder => say(Text::ReasonEmptyOrder, &[]),
        OrderRefusal::OpenConflict { .. } => say(Text::RefusedConflict, &[]),
        OrderRefusal::LineNotLocked { line } => {
            say(Text::RefusedNotLocked, &[("item", &item_of(line))])
        }
        OrderRefusal::StrayLockedPrice { .. } => say(Text::RefusedStrayLockedPrice, &[]),
        OrderRefusal::LockedPriceOutOfBounds { line } => {
            say(Text::RefusedLockedPriceBounds, &[("item", &item_of(line))])
        }
        OrderRefusal::LineAmountTooLarge { line, amount } => say(
            Text::RefusedLineAmount,
            &[
                ("item", &item_of(line)),
                ("amount", &money(amount, language)),
                ("most", &money(&most_of_a_line(amount.currency), language)),
            ],
        ),
        OrderRefusal::ChangedMeanwhile { .. }
        | OrderRefusal::NoteChangedMeanwhile
        | OrderRefusal::OrderChangedMeanwhile => say(Text::RefusedChanged, &[]),
    }
}

/// Why something was not done to a site's settings.
#[must_use]
pub fn site_refusal(why: &site::SiteRefusal, language: Language, names: &impl Names) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    match why {
        site::SiteRefusal::BadName => say(Text::RefusedName, &[("most", &NAME_BYTES.to_string())]),
        site::SiteRefusal::AreaExists { .. } => say(Text::RefusedAreaExists, &[]),
        site::SiteRefusal::NoSuchArea { .. } => say(Text::RefusedNoSuchArea, &[]),
        site::SiteRefusal::TooManyAreas => {
            say(Text::RefusedTooManyAreas, &[("most", &count(GUIDE_AREAS, language))])
        }
        site::SiteRefusal::LineExists { .. } => say(Text::RefusedGuideLineExists, &[]),
        site::SiteRefusal::ItemHasLine { item } => {
            say(Text::RefusedItemHasLine, &[("item", &item_name(item, names))])
        }
        site::SiteRefusal::NoSuchLine { .. } => say(Text::RefusedNoSuchGuideLine, &[]),
        site::SiteRefusal::TooManyLines => {
            say(Text::RefusedTooManyGuideLines, &[("most", &count(GUIDE_LINES, language))])
        }
        site::SiteRefusal::BadPar { .. } => say(
            Text::RefusedPar,
            &[
                ("most", &count(ORDER_QUANTITY, language)),
                ("places", &ORDER_QUANTITY_SCALE.to_string()),
            ],
        ),
        site::SiteRefusal::NoWeekdays => say(Text::RefusedNoWeekdays, &[]),
        site::SiteRefusal::BadHours => say(Text::RefusedHours, &[]),
        site::SiteRefusal::InstructionsTooLong => {
            say(Text::RefusedInstructions, &[("most", &count(NOTE_BYTES, language))])
        }
        site::SiteRefusal::TooManyContacts => {
            say(Text::RefusedTooManyContacts, &[("most", &count(SITE_CONTACTS, language))])
        }
        site::SiteRefusal::ChangedMeanwhile => say(Text::RefusedChanged, &[]),
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
