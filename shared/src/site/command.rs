//! The commands: what people can do to a site's settings.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Contact, Place, ReceivingHours};
use crate::calendar::IsoWeekday;
use crate::ids::{AreaId, ContactId, GuideLineId, ItemId};
use crate::unit::Unit;

/// A command with its author and its time.
pub type Intent = crate::intent::Intent<Command>;

/// One thing that a person does to a site's settings. No command begins the document, because its
/// genesis change is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Adds an area to the order guide.
    AddArea {
        /// The identifier of the area; the tablet makes it.
        area: AreaId,
        /// The name of the area.
        name: String,
        /// The place of the area on the walk.
        place: Place,
    },
    /// Sets the name of an area. An empty name removes the area; its lines are then in no area. It
    /// settles a conflict about the name.
    NameArea {
        /// The area.
        area: AreaId,
        /// The name.
        name: String,
    },
    /// Moves an area on the walk.
    MoveArea {
        /// The area.
        area: AreaId,
        /// The new place on the walk.
        place: Place,
    },
    /// Adds an item to the order guide.
    AddGuideLine {
        /// The identifier of the line; the tablet makes it.
        line: GuideLineId,
        /// The item.
        item: ItemId,
        /// The unit of counts and pars.
        unit: Unit,
        /// The area of the line; `None` for no area.
        area: Option<AreaId>,
        /// The place in shelf order.
        place: Place,
    },
    /// Removes a line from the guide or brings it back. It settles a conflict about this.
    KeepGuideLine {
        /// The line.
        line: GuideLineId,
        /// `true` to keep the line, `false` to remove it.
        keep: bool,
    },
    /// Moves a line to an area and a place. It settles a conflict about the area.
    MoveGuideLine {
        /// The line.
        line: GuideLineId,
        /// The new area; `None` for no area.
        area: Option<AreaId>,
        /// The new place in shelf order.
        place: Place,
    },
    /// Sets the par of a line for some weekdays. Zero means no par. It settles conflicts about
    /// these pars.
    SetPar {
        /// The line.
        line: GuideLineId,
        /// The weekdays.
        weekdays: BTreeSet<IsoWeekday>,
        /// The par, in the line's unit.
        quantity: Decimal,
    },
    /// Sets the receiving hours of some weekdays. It settles conflicts about them.
    SetReceivingHours {
        /// The weekdays.
        weekdays: BTreeSet<IsoWeekday>,
        /// The hours; `None` when the site takes no deliveries on these weekdays.
        hours: Option<ReceivingHours>,
    },
    /// Sets what a driver must know. An empty text removes it. It settles a conflict about it.
    SetDeliveryInstructions {
        /// The text.
        instructions: String,
    },
    /// Sets a contact. It settles a conflict about the contact.
    SetContact {
        /// The identifier of the contact; the tablet makes it.
        contact: ContactId,
        /// The contact; `None` removes it.
        details: Option<Contact>,
    },
}
