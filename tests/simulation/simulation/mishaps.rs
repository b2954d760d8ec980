//! Mishaps of tablets, and the attacks of the hostile tablet.

use calloff_core::ids::DeviceId;
use calloff_core::wire::Blob;

use super::network::{described, outlined};
use super::{Body, Event, MINUTE, SECOND, Simulation, YEAR};
use crate::head_office::HeadOffice;
use crate::hostile;
use crate::oracle::Violation;
use crate::tablet::Disk;

impl<O: HeadOffice> Simulation<'_, O> {
    pub(super) fn mishap(&mut self, at: usize) -> Result<(), Violation> {
        let next = self.seed.between(MINUTE, 12 * MINUTE);
        self.plan(next, Event::Mishap(at));
        let kind = self.seed.between(0, 99);
        self.note(&format!("tablet {at}: mishap {kind}"));
        let until = self.now + self.seed.between(1, 12) * MINUTE;
        let tablet = &mut self.tablets[at];
        match kind {
            // Somebody scans an enrolment code with the revoked tablet.
            _ if tablet.is_revoked && kind % 3 == 0 => self.enrol_anew(at)?,
            // The page is loaded again, or another tab takes the lead after the leading tab was
            // closed.
            ..35 => self.reload(at)?,
            35..60 => tablet.offline_until = until,
            60..72 => {
                let years = self.seed.pick(&[-1, 0, 1]);
                self.tablets[at].clock_offset = years * YEAR;
            }
            72..78 => tablet.is_old = !tablet.is_old,
            78..82 => tablet.backup = Some(tablet.disk.clone()),
            82..86 => self.restore(at)?,
            86..90 => self.wipe(at)?,
            90..94 => {
                let damaged = self.seed.place(tablet.disk.documents.len());
                let damaged = tablet.disk.documents.values_mut().nth(damaged);
                if let Some(document) = damaged {
                    document.document = Blob(b"damaged".to_vec());
                    self.reload(at)?;
                }
            }
            94..97 if at > 0 => {
                tablet.is_revoked = true;
                let device = tablet.device;
                self.office.revoke(device, self.now);
                self.oracle.on_revoked(device);
            }
            _ => self.restart()?,
        }
        Ok(())
    }

    /// The tablet's storage goes back to its state at the backup.
    fn restore(&mut self, at: usize) -> Result<(), Violation> {
        let Some(backup) = self.tablets[at].backup.clone() else { return Ok(()) };
        let kept: Vec<_> = backup.outbox.values().map(|entry| entry.intent.clone()).collect();
        self.oracle.on_storage_replaced(at, kept.into_iter());
        self.tablets[at].disk = backup;
        self.reload(at)
    }

    /// The browser deleted the tablet's storage. The tablet is enrolled again, as another device.
    fn wipe(&mut self, at: usize) -> Result<(), Violation> {
        if self.tablets[at].is_revoked {
            return Ok(());
        }
        self.oracle.on_storage_replaced(at, std::iter::empty());
        self.tablets[at].disk = Disk::default();
        self.tablets[at].backup = None;
        self.enrol_anew(at)
    }

    /// The tablet gets another identity at its site, and keeps its storage.
    pub(super) fn enrol_anew(&mut self, at: usize) -> Result<(), Violation> {
        let minted = DeviceId::mint(self.now, self.tablets[at].random());
        let site = self.tablets[at].site.clone();
        let device = self.office.enrol(&site, minted);
        self.note(&format!("tablet {at} is enrolled anew"));
        self.oracle.on_enrolled(device, &site);
        self.tablets[at].device = device;
        self.tablets[at].is_revoked = false;
        self.reload(at)
    }

    /// The hostile tablet sends pushes that no honest tablet sends.
    pub(super) fn hostility(&mut self) -> Result<(), Violation> {
        let next = self.seed.between(20 * SECOND, 4 * MINUTE);
        self.plan(next, Event::Hostility);
        if !self.seed.percent(self.troubles.hostile) || self.down_until > self.now {
            return Ok(());
        }
        let documents = self.oracle.documents();
        if documents.is_empty() {
            return Ok(());
        }
        let id = self.seed.pick(&documents);
        let Some(stored) = self.office.document(&id) else { return Ok(()) };
        for push in hostile::pushes(
            id,
            self.hostile,
            &stored,
            &mut self.seed,
            self.catalogue,
            self.office.release(),
        ) {
            let answer = self.office.push(self.hostile, push.clone(), self.now, None);
            self.note(&format!(
                "hostile: {} is answered {}",
                described(&Body::Push(push.clone())),
                outlined(&answer)
            ));
            self.oracle.on_push(self.hostile, &push, answer.as_ref().ok(), self.office)?;
        }
        Ok(())
    }
}
