//! Intents: what a person did to a document of any kind.

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, DocumentId, IntentId};
use crate::wire::DocumentKind;
use crate::{order, site};

/// One thing that a person did. The tablet keeps it in its outbox until the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent<C> {
    /// The identifier of the intent, made on the tablet. A repeated intent counts once.
    pub id: IntentId,
    /// The document to change.
    pub document: DocumentId,
    /// The change.
    pub command: C,
    /// The display name of the person who did it.
    pub by: String,
    /// The tablet on which the person did it.
    pub device: DeviceId,
    /// The time, by the tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// An intent for a document of any kind. The name of the command tells the kind, because no two
/// kinds share a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnyIntent {
    /// An intent for an order.
    Order(order::Intent),
    /// An intent for the settings of a site.
    Site(site::Intent),
}

impl AnyIntent {
    /// The identifier of the intent.
    #[must_use]
    pub fn id(&self) -> IntentId {
        match self {
            Self::Order(intent) => intent.id,
            Self::Site(intent) => intent.id,
        }
    }

    /// The document to change.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        match self {
            Self::Order(intent) => intent.document,
            Self::Site(intent) => intent.document,
        }
    }

    /// The tablet on which the person did it.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        match self {
            Self::Order(intent) => intent.device,
            Self::Site(intent) => intent.device,
        }
    }

    /// The same intent, as if done on another tablet.
    #[must_use]
    pub fn done_on(mut self, device: DeviceId) -> Self {
        match &mut self {
            Self::Order(intent) => intent.device = device,
            Self::Site(intent) => intent.device = device,
        }
        self
    }

    /// The time, by the tablet's clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(&self) -> i64 {
        match self {
            Self::Order(intent) => intent.at,
            Self::Site(intent) => intent.at,
        }
    }

    /// The kind of the document.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Order(_) => DocumentKind::Order,
            Self::Site(_) => DocumentKind::Site,
        }
    }

    /// The intent for an order; `None` when it is for another kind.
    #[must_use]
    pub fn into_order(self) -> Option<order::Intent> {
        match self {
            Self::Order(intent) => Some(intent),
            Self::Site(_) => None,
        }
    }

    /// The intent for the settings of a site; `None` when it is for another kind.
    #[must_use]
    pub fn into_site(self) -> Option<site::Intent> {
        match self {
            Self::Site(intent) => Some(intent),
            Self::Order(_) => None,
        }
    }
}

impl From<order::Intent> for AnyIntent {
    fn from(intent: order::Intent) -> Self {
        Self::Order(intent)
    }
}

impl From<site::Intent> for AnyIntent {
    fn from(intent: site::Intent) -> Self {
        Self::Site(intent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::IsoWeekday;
    use crate::sample::builder::{decimal, id};

    fn intent<C>(command: C) -> Intent<C> {
        Intent {
            id: IntentId::mint(1, [1; 10]),
            document: DocumentId::mint(1, [2; 10]),
            command,
            by: "Ana".to_owned(),
            device: DeviceId::mint(1, [3; 10]),
            at: 1,
        }
    }

    #[test]
    fn an_outbox_tells_an_intent_for_an_order_from_one_for_a_site() {
        let order =
            AnyIntent::from(intent(order::Command::SetNote { note: "ring twice".to_owned() }));
        let set = site::Command::SetPar {
            line: id("g1"),
            weekdays: IsoWeekday::ALL.into(),
            quantity: decimal("1.5"),
        };
        let site = AnyIntent::from(intent(set));
        for intent in [order, site] {
            let json = serde_json::to_string(&intent).unwrap();
            assert_eq!(serde_json::from_str::<AnyIntent>(&json).unwrap(), intent, "{json}");
        }
    }
}
