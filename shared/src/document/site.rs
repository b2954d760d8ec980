//! The settings of sites as documents.

mod paths;
mod read;
mod schema;
mod write;

pub use read::read_site;

use automerge::Automerge;

use super::model::{Allowed, DocumentModel, Part, Sender, Touch};
use super::schema::Schema;
use crate::ids::{DocumentId, LocationId};
use crate::site::{self, Command, Intent, SiteRefusal, SiteState};
use crate::wire::{DocumentKind, PushRefusal, PushRefusalCode};

impl DocumentModel for SiteState {
    const KIND: DocumentKind = DocumentKind::Site;
    const SCHEMAS: &'static [Schema] = &[Schema {
        kind: Self::KIND,
        version: 1,
        maps: &[schema::AREAS, schema::LINES, schema::HOURS, schema::CONTACTS],
        genesis: [
            0x21, 0x72, 0x1d, 0xa5, 0xfc, 0xf4, 0x4a, 0x62, 0x93, 0x54, 0x7f, 0x6e, 0x48, 0x33,
            0x5c, 0x85, 0x2f, 0x17, 0xe8, 0x68, 0x81, 0x6f, 0x55, 0x3a, 0x91, 0xb7, 0xe7, 0xe3,
            0x3e, 0x5b, 0x2b, 0x9e,
        ],
        read: |id, document| {
            let (site, anomalies) = read_site(id, document);
            (Some(site.into()), anomalies)
        },
    }];
    const PARTS: &'static [Part] = &paths::PARTS;

    type Command = Command;
    type Refusal = SiteRefusal;

    fn decide(state: Option<&Self>, intent: &Intent) -> Result<(), SiteRefusal> {
        match state {
            Some(site) => site::decide(site, intent),
            None => site::decide(&Self::empty(intent.document), intent),
        }
    }

    fn decide_again(&self, intent: &Intent) -> Result<(), SiteRefusal> {
        site::decide(self, intent)?;
        Err(SiteRefusal::ChangedMeanwhile)
    }

    fn seen_by(&self, command: &Command) -> Vec<String> {
        self.seen_by(command)
    }

    fn read_again(&mut self, document: &Automerge, command: &Command) -> bool {
        match command {
            Command::AddGuideLine { line, .. }
            | Command::KeepGuideLine { line, .. }
            | Command::MoveGuideLine { line, .. }
            | Command::SetPar { line, .. } => {
                read::read_guide_line_again(document, self, line);
                true
            }
            _ => false,
        }
    }

    fn allowed(touch: &Touch<'_>, _: bool) -> Option<Allowed> {
        paths::allowed(touch)
    }

    fn check_identifier(
        document: DocumentId,
        site: &LocationId,
        _: bool,
    ) -> Result<(), PushRefusal> {
        if document == DocumentId::of_site(site) {
            return Ok(());
        }
        let message = format!("these are not the settings of {site}, the site of this tablet");
        Err(PushRefusal::new(PushRefusalCode::WrongDocument, message))
    }

    fn check_open(&self) -> Result<(), PushRefusal> {
        Ok(())
    }

    fn check_pushed(_: Option<&Self>, after: &Self, _: Sender<'_>) -> Result<(), PushRefusal> {
        site::decide::check_merge(after)
            .map_err(|rule| PushRefusal::new(PushRefusalCode::RuleBroken, rule.to_string()))
    }

    fn check_taken_up(_: Option<&Self>, _: &Self, _: Sender<'_>) -> Result<(), PushRefusal> {
        Ok(())
    }
}
