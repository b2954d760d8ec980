//! What people do to a site's settings.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Contact, Place, ReceivingHours};
use crate::calendar::IsoWeekday;
use crate::ids::{AreaId, ContactId, GuideLineId, ItemId};
use crate::unit::Unit;

/// One thing that a person did to a site's settings.
pub type Intent = crate::intent::Intent<Command>;

/// What a person did. Nothing begins the document: it is there from its first change on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Adds an area to the order guide.
    AddArea {
        /// Minted on the tablet.
        area: AreaId,
        /// What it is called.
        name: String,
        /// Its place on the walk.
        place: Place,
    },
    /// Gives an area another name; empty removes it, and leaves what stands there in no area.
    /// Settles a conflict on it.
    NameArea {
        /// Which.
        area: AreaId,
        /// The name.
        name: String,
    },
    /// Moves an area on the walk.
    MoveArea {
        /// Which.
        area: AreaId,
        /// To where.
        place: Place,
    },
    /// Puts an item into the order guide.
    AddGuideLine {
        /// Minted on the tablet.
        line: GuideLineId,
        /// What.
        item: ItemId,
        /// The unit in which it is counted.
        unit: Unit,
        /// Where it stands.
        area: Option<AreaId>,
        /// Its place in shelf order.
        place: Place,
    },
    /// Says whether a line is in the guide. Settles a conflict on it.
    KeepGuideLine {
        /// Which.
        line: GuideLineId,
        /// Whether it stays.
        keep: bool,
    },
    /// Moves a line to an area and a place. Settles a conflict on the area.
    MoveGuideLine {
        /// Which.
        line: GuideLineId,
        /// To which area.
        area: Option<AreaId>,
        /// To where.
        place: Place,
    },
    /// Says how much of a line there should be on some weekdays; zero is no par. Settles conflicts
    /// on them.
    SetPar {
        /// Of which line.
        line: GuideLineId,
        /// On which days.
        weekdays: BTreeSet<IsoWeekday>,
        /// How much, in the line's unit.
        quantity: Decimal,
    },
    /// Says when deliveries are taken on some weekdays; `None` is never. Settles conflicts on them.
    SetReceivingHours {
        /// On which days.
        weekdays: BTreeSet<IsoWeekday>,
        /// From when to when.
        hours: Option<ReceivingHours>,
    },
    /// Says what a driver must know; empty removes it. Settles a conflict on it.
    SetDeliveryInstructions {
        /// The text.
        instructions: String,
    },
    /// Says whom to ask; `None` removes the contact. Settles a conflict on it.
    SetContact {
        /// Minted on the tablet.
        contact: ContactId,
        /// Who.
        details: Option<Contact>,
    },
}
