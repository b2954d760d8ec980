//! Messages for people about their orders and their site's settings. A message that an action was
//! not taken as the person did it is kept on the disk until a person dismisses it. The disk gets it
//! in the same transaction as the change. So it is not lost when the tablet is switched off, or
//! when there are many messages.

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{DocumentId, ItemId, OrderLineId};
use calloff_core::order::{self, OrderLine, OrderRefusal};
use calloff_core::quantity::Quantity;
use calloff_core::site;
use calloff_core::sync::SyncNotice;
use calloff_core::wire::{PushRefusal, PushRefusalCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_decimal::Decimal;

use super::catalogue::CatalogueSignal;
use super::kept_notices::{kept, key};
use super::tabs::{Said, Tabs};
use super::workspace::Workspace;
use crate::components::notices::{Kept, Notices, ShownNotice, Tone};
use crate::i18n::{self, Language, Sentence, Text};
use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, StoreName, Write};
use crate::tablet::routes::Page;

/// Shows notices to people, in all tabs.
#[derive(Clone, Copy)]
pub struct Telling {
    pub store: StoredValue<IndexedDbStore, LocalStorage>,
    pub workspace: Workspace,
    pub catalogue: CatalogueSignal,
    pub notices: Notices,
    pub tabs: Tabs,
}

impl Telling {
    /// Shows notices here and in the other tabs.
    pub fn tell(self, notices: Vec<SyncNotice>) {
        if !notices.is_empty() {
            self.tabs.say(&Said::Told { notices: notices.clone() });
        }
        for notice in notices {
            self.show(&notice);
        }
    }

    /// Shows the kept notices that nobody dismissed.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn show_kept(self) -> Result<(), KvError> {
        for notice in kept(&self.store.get_value()).await? {
            self.show(&notice);
        }
        Ok(())
    }

    /// Shows a notice in this tab.
    pub fn show(self, notice: &SyncNotice) {
        let shown = self.worded(notice);
        self.notices.show(match key(notice) {
            Some(key) => {
                let taken_away = key.clone();
                let forget = Callback::new(move |()| self.forget(taken_away.clone()));
                ShownNotice { kept: Some(Kept { key, forget }), ..shown }
            }
            None => shown,
        });
    }

    /// Removes a notice for good, in all tabs, because a person dismissed it.
    fn forget(self, key: String) {
        self.tabs.say(&Said::TakenAway { key: key.clone() });
        spawn_local(async move {
            let store = self.store.get_value();
            // If the disk does not delete the notice, it is shown once more.
            drop(
                store.commit(vec![Write::delete(StoreName::Meta, key)], Durability::Relaxed).await,
            );
        });
    }

    /// The notice as a message in the words of the table.
    fn worded(self, notice: &SyncNotice) -> ShownNotice {
        match notice {
            SyncNotice::MovedToNewDraft { to, lines, .. } => {
                let moved = Sentence::of(|language| self.lines_on(*to, lines, language));
                ShownNotice::new(Tone::Caution, Text::LinesMoved)
                    .with_sentence("lines", moved)
                    .link(Text::Open, Page::Order(*to).path())
            }
            SyncNotice::NotApplied(told) => match (told.order(), told.site()) {
                (Some((intent, refusal)), _) => self
                    .not_applied(intent, refusal)
                    .link(Text::Open, Page::Order(intent.document).path()),
                (_, Some((intent, refusal))) => self.setting_not_applied(intent, refusal),
                (None, None) => {
                    ShownNotice::new(Tone::Caution, Text::NotApplied).with("reason", &told.refusal)
                }
            },
            SyncNotice::UpdateNeeded { .. } => ShownNotice::new(Tone::Caution, Text::UpdateNeeded),
            SyncNotice::ServerRestored { again, offered } => {
                ShownNotice::new(Tone::Negative, Text::ServerRestored)
                    .with("again", again)
                    .with("offered", offered)
            }
            SyncNotice::HeldBack { document, refusals } => {
                let notice = self.held_back(refusals);
                let is_order = self.workspace.order_untracked(*document).is_some();
                match is_order {
                    true => notice.link(Text::Open, Page::Order(*document).path()),
                    false => notice,
                }
            }
            SyncNotice::Unreadable { .. } => {
                ShownNotice::new(Tone::Negative, Text::OrderUnreadable)
            }
        }
    }

    fn held_back(self, refusals: &[PushRefusal]) -> ShownNotice {
        let is_offered = |refusal: &PushRefusal| refusal.code == PushRefusalCode::Offered;
        if refusals.iter().any(is_offered) {
            return ShownNotice::new(Tone::Caution, Text::OfferedToHeadOffice);
        }
        let reasons = Sentence::of(|language| {
            let said = refusals
                .iter()
                .map(|refusal| i18n::push_refusal(refusal.code).in_language(language));
            said.collect::<Vec<_>>().join(" ")
        });
        ShownNotice::new(Tone::Negative, Text::HeldBack).with_sentence("reason", reasons)
    }

    fn not_applied(self, intent: &order::Intent, refusal: &OrderRefusal) -> ShownNotice {
        let quantity = |item: &ItemId, quantity: Decimal| {
            ShownNotice::new(Tone::Caution, Text::QuantityNotApplied)
                .with("item", self.item_name(item))
                .with_sentence(
                    "quantity",
                    Sentence::of(|language| i18n::decimal(quantity, language)),
                )
        };
        if let (order::Command::Submit { .. }, OrderRefusal::OrderAlreadyAccepted) =
            (&intent.command, refusal)
        {
            return ShownNotice::new(Tone::Negative, Text::SentOtherwise);
        }
        let notice = match &intent.command {
            order::Command::AddLine { item, quantity: wanted, .. } => quantity(item, *wanted),
            order::Command::SetQuantity { line, quantity: wanted } => {
                match self.item_on(intent.document, line) {
                    Some(item) => quantity(&item, *wanted),
                    None => ShownNotice::new(Tone::Caution, Text::NotApplied),
                }
            }
            order::Command::SetNote { note } => {
                ShownNotice::new(Tone::Caution, Text::NoteNotApplied).with("note", note)
            }
            order::Command::Submit { .. } => {
                ShownNotice::new(Tone::Negative, Text::SubmissionNotApplied)
            }
            order::Command::SetName { name } => {
                ShownNotice::new(Tone::Caution, Text::NameNotApplied).with("name", name)
            }
            order::Command::HandOver { to } => {
                ShownNotice::new(Tone::Caution, Text::HandOverNotApplied).with("name", to)
            }
            order::Command::KeepOrder { keep: false } => {
                ShownNotice::new(Tone::Caution, Text::DiscardNotApplied)
            }
            order::Command::KeepOrder { keep: true } => {
                ShownNotice::new(Tone::Caution, Text::BringBackNotApplied)
            }
            order::Command::CreateOrder { .. } => ShownNotice::new(Tone::Caution, Text::NotApplied),
        };
        match refusal {
            // The refusal's own text also advises a new order. This message comes afterwards, so it
            // gives only the reason.
            OrderRefusal::OrderAlreadySubmitted | OrderRefusal::OrderAlreadyAccepted => {
                notice.with_text("reason", Text::ReasonAlreadySent)
            }
            OrderRefusal::TooManyLines => notice.with_text("reason", Text::ReasonOrderFull),
            refusal => {
                let order = self.workspace.order_untracked(intent.document);
                let order = order.as_ref().map(|order| &*order.state);
                notice.with_sentence(
                    "reason",
                    self.with_names(|names| {
                        Sentence::of(|language| {
                            i18n::order_refusal(refusal, order, language, &names)
                        })
                    }),
                )
            }
        }
    }

    fn setting_not_applied(
        self,
        intent: &site::Intent,
        refusal: &site::SiteRefusal,
    ) -> ShownNotice {
        let reason = self.with_names(|names| {
            Sentence::of(|language| i18n::site_refusal(refusal, language, &names))
        });
        ShownNotice::new(Tone::Caution, Text::SettingNotApplied)
            .with_text("what", setting(&intent.command))
            .with_sentence("reason", reason)
    }

    /// The lines of an order in words: "Onions, 2 bags; Milk, 3".
    fn lines_on(self, document: DocumentId, lines: &[OrderLineId], language: Language) -> String {
        let Some(order) = self.workspace.order_untracked(document) else { return String::new() };
        let line = |line: &OrderLine| {
            let quantity = match line.unit {
                Some(unit) => i18n::quantity(&Quantity::new(line.quantity.value, unit), language),
                None => i18n::decimal(line.quantity.value, language),
            };
            format!("{}, {quantity}", self.item_name(&line.item))
        };
        let lines: Vec<_> =
            lines.iter().filter_map(|id| order.state.lines.get(id)).map(line).collect();
        lines.join("; ")
    }

    /// Makes a sentence with the item names of the catalogue in use.
    fn with_names(self, say: impl FnOnce(Option<&Catalogue>) -> Sentence) -> Sentence {
        let release = self.catalogue.release_untracked();
        say(release.as_ref().map(|release| &release.catalogue))
    }

    fn item_on(self, document: DocumentId, line: &OrderLineId) -> Option<ItemId> {
        let order = self.workspace.order_untracked(document)?;
        Some(order.state.lines.get(line)?.item.clone())
    }

    fn item_name(self, item: &ItemId) -> String {
        let release = self.catalogue.release_untracked();
        let known = release.as_ref().and_then(|release| release.catalogue.item(item));
        known.map_or_else(|| item.to_string(), |item| item.description.clone())
    }
}

/// The name of the setting that a command changes.
fn setting(command: &site::Command) -> Text {
    match command {
        site::Command::AddArea { .. }
        | site::Command::NameArea { .. }
        | site::Command::MoveArea { .. }
        | site::Command::AddGuideLine { .. }
        | site::Command::KeepGuideLine { .. }
        | site::Command::MoveGuideLine { .. } => Text::NavGuide,
        site::Command::SetPar { .. } => Text::Par,
        site::Command::SetReceivingHours { .. } => Text::ReceivingHours,
        site::Command::SetDeliveryInstructions { .. } => Text::DeliveryInstructions,
        site::Command::SetContact { .. } => Text::Contacts,
    }
}
