//! All kinds of documents. Only this file tells them apart; everything else asks a state, an intent
//! or a kind.

use automerge::{ActorId, Automerge, ChangeHash};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::model::{Allowed, DocumentModel, Part, Sender, Touch, Trust};
use super::schema::Schema;
use super::{DocumentError, write};
use crate::ids::{DeviceId, DocumentId, IntentId, LocationId};
use crate::intent::Intent;
use crate::order::{self, OrderState};
use crate::site::{self, SiteState};
use crate::wire::{DocumentKind, PushRefusal};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $Kind:ident($Model:ty, $Command:ty, $Refusal:ty),)+) => {
        /// The state of a document of any kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DocumentState { $($(#[doc = $doc])+ $Kind(Box<$Model>),)+ }

        /// An intent for a document of any kind.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum AnyIntent { $($(#[doc = $doc])+ $Kind(Intent<$Command>),)+ }

        /// Why a rule forbids an intent for a document of any kind. Nothing changed.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(untagged)]
        pub enum AnyRefusal { $($(#[doc = $doc])+ #[error(transparent)] $Kind(#[from] $Refusal),)+ }

        $(
            impl From<$Model> for DocumentState {
                fn from(state: $Model) -> Self {
                    Self::$Kind(Box::new(state))
                }
            }

            impl From<Intent<$Command>> for AnyIntent {
                fn from(intent: Intent<$Command>) -> Self {
                    Self::$Kind(intent)
                }
            }
        )+

        impl DocumentKind {
            /// All schemas that were ever written.
            pub(crate) fn all_schemas() -> impl Iterator<Item = &'static Schema> {
                [$(<$Model>::SCHEMAS),+].into_iter().flatten()
            }

            /// The maps in the root that tablets write.
            pub(crate) fn parts(self) -> &'static [Part] {
                match self { $(Self::$Kind => <$Model>::PARTS,)+ }
            }

            /// See [`DocumentModel::allowed`].
            pub(crate) fn allowed(self, touch: &Touch<'_>, is_begun: bool) -> Option<Allowed> {
                match self { $(Self::$Kind => <$Model>::allowed(touch, is_begun),)+ }
            }

            /// See [`DocumentModel::check_identifier`].
            pub(crate) fn check_identifier(
                self,
                document: DocumentId,
                site: &LocationId,
                is_new: bool,
            ) -> Result<(), PushRefusal> {
                match self {
                    $(Self::$Kind => <$Model>::check_identifier(document, site, is_new),)+
                }
            }
        }

        impl DocumentState {
            /// See [`DocumentModel::check_open`].
            pub(crate) fn check_open(&self) -> Result<(), PushRefusal> {
                match self { $(Self::$Kind(state) => state.check_open(),)+ }
            }

            /// See [`DocumentModel::check_pushed`] and [`DocumentModel::check_taken_up`]. The
            /// document had the same kind before.
            pub(crate) fn check_merged(
                &self,
                before: Option<&Self>,
                sender: Sender<'_>,
                trust: Trust,
            ) -> Result<(), PushRefusal> {
                match self {
                    $(Self::$Kind(after) => {
                        let before = before.and_then(|before| match before {
                            Self::$Kind(before) => Some(&**before),
                            _ => None,
                        });
                        match trust {
                            Trust::Tablet => <$Model>::check_pushed(before, after, sender),
                            Trust::HeadOffice => <$Model>::check_taken_up(before, after, sender),
                        }
                    })+
                }
            }
        }

        impl AnyIntent {
            /// The kind of the document.
            #[must_use]
            pub fn kind(&self) -> DocumentKind {
                match self { $(Self::$Kind(_) => DocumentKind::$Kind,)+ }
            }

            /// The identifier of the intent.
            #[must_use]
            pub fn id(&self) -> IntentId {
                match self { $(Self::$Kind(intent) => intent.id,)+ }
            }

            /// The document to change.
            #[must_use]
            pub fn document(&self) -> DocumentId {
                match self { $(Self::$Kind(intent) => intent.document,)+ }
            }

            /// The tablet on which the person did it.
            #[must_use]
            pub fn device(&self) -> DeviceId {
                match self { $(Self::$Kind(intent) => intent.device,)+ }
            }

            /// The same intent, as if done on another tablet.
            #[must_use]
            pub fn done_on(mut self, device: DeviceId) -> Self {
                match &mut self { $(Self::$Kind(intent) => intent.device = device,)+ }
                self
            }

            /// The time, by the tablet's clock, in milliseconds since the Unix epoch.
            #[must_use]
            pub fn at(&self) -> i64 {
                match self { $(Self::$Kind(intent) => intent.at,)+ }
            }

            /// See [`DocumentModel::decide`].
            pub(crate) fn decide(&self, state: Option<&DocumentState>) -> Result<(), AnyRefusal> {
                match self {
                    $(Self::$Kind(intent) => {
                        let state = state.and_then(|state| match state {
                            DocumentState::$Kind(state) => Some(&**state),
                            _ => None,
                        });
                        Ok(<$Model>::decide(state, intent)?)
                    })+
                }
            }

            /// See [`DocumentModel::decide_again`].
            pub(crate) fn decide_again(
                &self,
                state: Option<&DocumentState>,
            ) -> Result<(), AnyRefusal> {
                match (self, state) {
                    $((Self::$Kind(intent), Some(DocumentState::$Kind(state))) => {
                        Ok(state.decide_again(intent)?)
                    })+
                    _ => Ok(()),
                }
            }

            /// See [`DocumentModel::seen_by`].
            pub(crate) fn seen_in(&self, state: Option<&DocumentState>) -> Vec<String> {
                match (self, state) {
                    $((Self::$Kind(intent), Some(DocumentState::$Kind(state))) => {
                        DocumentModel::seen_by(&**state, &intent.command)
                    })+
                    _ => Vec::new(),
                }
            }

            /// Writes the intent as one change by `actor`, see [`write::apply`].
            pub(crate) fn write(
                &self,
                document: &mut Automerge,
                actor: ActorId,
            ) -> Result<Option<ChangeHash>, DocumentError> {
                match self { $(Self::$Kind(intent) => write::apply(document, actor, intent),)+ }
            }

            /// See [`DocumentModel::read_again`].
            pub(crate) fn read_again(
                &self,
                document: &Automerge,
                state: Option<&mut DocumentState>,
            ) -> bool {
                match (self, state) {
                    $((Self::$Kind(intent), Some(DocumentState::$Kind(state))) => {
                        state.read_again(document, &intent.command)
                    })+
                    _ => false,
                }
            }
        }

        impl SavedIntent {
            fn intent(self) -> Result<AnyIntent, serde_json::Error> {
                match self.kind {
                    $(Some(DocumentKind::$Kind) => {
                        let command = <$Command>::deserialize(&self.command)?;
                        Ok(AnyIntent::$Kind(self.with(command)))
                    })+
                    // No two of the kinds that an older version knew share the name of a command.
                    None => {
                        $(if let Ok(command) = <$Command>::deserialize(&self.command) {
                            return Ok(AnyIntent::$Kind(self.with(command)));
                        })+
                        Err(serde_json::Error::custom("no kind of document has this command"))
                    }
                }
            }
        }

        impl AnyRefusal {
            /// Reads the refusal of an intent for a document of this kind.
            fn of_kind(kind: DocumentKind, refusal: Value) -> Result<Self, serde_json::Error> {
                match kind {
                    $(DocumentKind::$Kind => Ok(Self::$Kind(serde_json::from_value(refusal)?)),)+
                }
            }
        }
    };
}

kinds! {
    /// An order.
    Order(OrderState, order::Command, order::OrderRefusal),
    /// The settings of a site.
    Site(SiteState, site::Command, site::SiteRefusal),
}

impl DocumentState {
    /// The order; `None` when the document is not an order.
    #[must_use]
    pub fn order(&self) -> Option<&OrderState> {
        match self {
            Self::Order(order) => Some(order),
            _ => None,
        }
    }

    /// The settings of a site; `None` when the document is something else.
    #[must_use]
    pub fn site(&self) -> Option<&SiteState> {
        match self {
            Self::Site(site) => Some(site),
            _ => None,
        }
    }
}

impl AnyIntent {
    /// The intent for an order; `None` when it is for another kind.
    #[must_use]
    pub fn order(&self) -> Option<&order::Intent> {
        match self {
            Self::Order(intent) => Some(intent),
            _ => None,
        }
    }
}

/// An intent as it was saved. Versions before tablets had documents of many kinds did not save the
/// kind.
#[derive(Deserialize)]
struct SavedIntent {
    #[serde(default)]
    kind: Option<DocumentKind>,
    id: IntentId,
    document: DocumentId,
    command: Value,
    by: String,
    device: DeviceId,
    at: i64,
}

impl SavedIntent {
    fn with<C>(self, command: C) -> Intent<C> {
        let Self { id, document, by, device, at, .. } = self;
        Intent { id, document, command, by, device, at }
    }
}

impl<'de> Deserialize<'de> for AnyIntent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SavedIntent::deserialize(deserializer)?.intent().map_err(D::Error::custom)
    }
}

/// An intent that is not allowed after what others did, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotApplied {
    /// The intent.
    pub intent: Box<AnyIntent>,
    /// The rule that forbids it.
    pub refusal: AnyRefusal,
}

impl NotApplied {
    /// The intent and the rule, which are of the same kind.
    pub fn new(intent: impl Into<AnyIntent>, refusal: impl Into<AnyRefusal>) -> Self {
        Self { intent: Box::new(intent.into()), refusal: refusal.into() }
    }

    /// The intent for an order, and the rule; `None` when it is for another kind.
    #[must_use]
    pub fn order(&self) -> Option<(&order::Intent, &order::OrderRefusal)> {
        match (&*self.intent, &self.refusal) {
            (AnyIntent::Order(intent), AnyRefusal::Order(refusal)) => Some((intent, refusal)),
            _ => None,
        }
    }

    /// The intent for the settings of a site, and the rule; `None` when it is for another kind.
    #[must_use]
    pub fn site(&self) -> Option<(&site::Intent, &site::SiteRefusal)> {
        match (&*self.intent, &self.refusal) {
            (AnyIntent::Site(intent), AnyRefusal::Site(refusal)) => Some((intent, refusal)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for NotApplied {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Saved {
            intent: Box<AnyIntent>,
            refusal: Value,
        }
        let Saved { intent, refusal } = Saved::deserialize(deserializer)?;
        let refusal = AnyRefusal::of_kind(intent.kind(), refusal).map_err(D::Error::custom)?;
        Ok(Self { intent, refusal })
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

    fn set_note() -> AnyIntent {
        intent(order::Command::SetNote { note: "ring twice".to_owned() }).into()
    }

    fn set_par() -> AnyIntent {
        let set = site::Command::SetPar {
            line: id("g1"),
            weekdays: IsoWeekday::ALL.into(),
            quantity: decimal("1.5"),
        };
        intent(set).into()
    }

    fn without_kind(intent: &AnyIntent) -> Value {
        let mut saved = serde_json::to_value(intent).unwrap();
        assert!(saved.as_object_mut().unwrap().remove("kind").is_some());
        saved
    }

    #[test]
    fn an_outbox_names_the_kind_and_one_of_an_older_version_that_does_not_loads() {
        for intent in [set_note(), set_par()] {
            let saved = serde_json::to_value(&intent).unwrap();
            assert_eq!(saved["kind"], intent.kind().as_str());
            assert_eq!(serde_json::from_value::<AnyIntent>(saved).unwrap(), intent);
            let older = serde_json::from_value::<AnyIntent>(without_kind(&intent)).unwrap();
            assert_eq!(older, intent);
        }
    }

    #[test]
    fn an_intent_of_another_kind_than_it_says_or_of_none_is_not_read() {
        let mut saved = without_kind(&set_note());
        saved["kind"] = "site".into();
        assert!(serde_json::from_value::<AnyIntent>(saved.clone()).is_err());
        saved["kind"] = "delivery".into();
        assert!(serde_json::from_value::<AnyIntent>(saved.clone()).is_err());
        let unknown = serde_json::json!({"type": "of_a_newer_version"});
        saved.as_object_mut().unwrap().remove("kind");
        saved["command"] = unknown;
        assert!(serde_json::from_value::<AnyIntent>(saved).is_err());
    }

    #[test]
    fn the_reason_is_that_of_the_kind_also_where_two_kinds_share_its_name() {
        let of_order = NotApplied::new(set_note(), order::OrderRefusal::BadName);
        let of_site = NotApplied::new(set_par(), site::SiteRefusal::BadName);
        assert_eq!(
            serde_json::to_value(&of_order.refusal).unwrap(),
            serde_json::to_value(&of_site.refusal).unwrap()
        );
        for told in [of_order, of_site] {
            let saved = serde_json::to_value(&told).unwrap();
            assert_eq!(serde_json::from_value::<NotApplied>(saved).unwrap(), told);
        }
    }
}
