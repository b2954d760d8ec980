//! Takes back announced releases and amendments, until their first day.

use std::collections::BTreeSet;

use calloff_core::calendar::Date;
use calloff_core::contract::{Amendment, Contract, ContractStatus};
use calloff_core::ids::ContractId;
use calloff_core::wire::AuditAct;
use ed25519_dalek::SigningKey;
use serde::Serialize;

use super::{PublishError, content_of};
use crate::jobs::releases::changed;
use crate::storage::audit::{self, Act, Doing};
use crate::storage::contracts::{StoredVersion, put_version, set_status};
use crate::storage::releases::mark_withdrawn;
use crate::storage::{ServerStore, StorageError, StoredRelease};
use crate::today::Days;

/// Why nothing was withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The release or version does not exist.
    #[error("there is no {0}")]
    Unknown(String),
    /// It was withdrawn before.
    #[error("{0} was withdrawn before")]
    Before(String),
    /// It has already begun.
    #[error(
        "{what} took effect on {day}: it is in use, and cannot be withdrawn. Correct it by an \
         import, and publish that"
    )]
    Begun {
        /// The release or version.
        what: String,
        /// The first day of it.
        day: Date,
    },
    /// Another release has already replaced it.
    #[error("release {0} will never be in force, as release {1} took its place: withdraw that one")]
    Replaced(u64, u64),
    /// The version is not an announced amendment.
    #[error("{0}")]
    NoAmendment(String),
    /// A release that would remain cannot be read.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A version that only a withdrawn release had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenBack {
    /// The contract.
    pub contract: ContractId,
    /// The version that was withdrawn with the release.
    pub version: u32,
    /// The draft with the same terms. It begins on the release's first day, or on its own later
    /// day. `None` when the contract has another draft with that first day.
    pub draft: Option<u32>,
    /// The first day of the version, and the later one that the draft has. `None` when the day did
    /// not move.
    pub moved: Option<(Date, Date)>,
}

/// Withdraws an announced release. Tablets that have it delete it at their next contact. The
/// versions that only this release had are withdrawn, too. Each comes back as a draft with the next
/// number, so that nothing is lost and nothing holds earlier.
///
/// # Errors
/// [`WithdrawError`]; nothing was changed.
pub async fn withdraw_release(
    store: &ServerStore,
    key: &SigningKey,
    number: u64,
    reason: &str,
    (days, doing): (&Days, &Doing),
) -> Result<Vec<TakenBack>, WithdrawError> {
    let as_of = store.as_of().await?;
    let releases = store.releases().await?;
    let name = || format!("release {number}");
    let release = releases
        .iter()
        .find(|release| release.issue.number == number)
        .ok_or_else(|| WithdrawError::Unknown(name()))?;
    if release.is_withdrawn {
        return Err(WithdrawError::Before(name()));
    }
    let day = release.issue.effective_from;
    if day <= days.latest.date {
        return Err(WithdrawError::Begun { what: name(), day });
    }
    if !release.is_announced(&releases, days.latest.date) {
        let newest =
            releases.iter().find(|other| !other.is_withdrawn && other.issue.effective_from <= day);
        return Err(WithdrawError::Replaced(
            number,
            newest.map_or(number, |newest| newest.issue.number),
        ));
    }
    let others: Vec<StoredRelease> =
        releases.iter().filter(|r| r.issue.number != number).cloned().collect();
    // A version stays when another release has it that is in force somewhere or is announced.
    let mut carried: BTreeSet<(ContractId, u32)> = BTreeSet::new();
    let at_force =
        |day: Date| others.iter().find(move |r| !r.is_withdrawn && r.issue.effective_from <= day);
    let in_force = [at_force(days.earliest.date), at_force(days.latest.date)].into_iter().flatten();
    let announced: Vec<&StoredRelease> =
        others.iter().filter(|other| other.is_announced(&others, days.latest.date)).collect();
    for other in in_force.chain(announced) {
        let content = content_of(store, key, other).await?;
        carried
            .extend(content.contracts.into_iter().map(|contract| (contract.id, contract.version)));
    }
    let only_here = content_of(store, key, release).await?.contracts.into_iter();
    let only_here = only_here
        .map(|contract| (contract.id, contract.version))
        .filter(|name| !carried.contains(name));
    let mut stored = store.contract_versions().await?;

    let mut write = store.write_as_of(as_of).await?;
    mark_withdrawn(&mut write, &release.signed.withdraw(number, key), doing.at).await?;
    let mut taken_back = Vec::new();
    for (contract, version) in only_here {
        let versions = stored.entry(contract.clone()).or_default();
        let Some(found) =
            versions.iter_mut().find(|found| found.contract.version == version && found.is_live())
        else {
            continue;
        };
        set_status(&mut write, &contract, version, ContractStatus::Withdrawn).await?;
        found.contract.status = ContractStatus::Withdrawn;
        let own_day = found.contract.amendment.as_ref().map(|amendment| amendment.effective_from);
        let first_day = |amendment: Amendment| Amendment {
            effective_from: amendment.effective_from.max(day),
            ..amendment
        };
        let copy = Contract {
            amendment: found.contract.amendment.clone().map(first_day),
            ..found.contract.clone()
        };
        let draft = as_draft(versions, copy);
        if let Some(draft) = &draft {
            put_version(&mut write, draft).await?;
            versions.push(StoredVersion::new(draft.clone()));
        }
        let moved = own_day.filter(|own| *own < day && draft.is_some()).map(|own| (own, day));
        let draft = draft.map(|draft| draft.version);
        taken_back.push(TakenBack { contract, version, draft, moved });
    }
    let act = Act::new(AuditAct::ReleaseWithdrawn, number)
        .with("reason", reason)
        .with("effective_from", day);
    audit::record(&mut write, doing, &act).await?;
    changed(&mut write, number, doing.at).await?;
    write.commit().await?;
    Ok(taken_back)
}

/// Withdraws an amendment that a release has and that has not begun. The next release does not have
/// it.
///
/// # Errors
/// [`WithdrawError`]; nothing was changed.
pub async fn withdraw_amendment(
    store: &ServerStore,
    contract: &ContractId,
    version: u32,
    reason: &str,
    (days, doing): (&Days, &Doing),
) -> Result<Date, WithdrawError> {
    let as_of = store.as_of().await?;
    let versions = store.contract_versions().await?;
    let name = || format!("version {version} of contract {contract}");
    let versions = versions.get(contract).map_or(&[][..], Vec::as_slice);
    let found = versions.iter().find(|found| found.contract.version == version);
    let found = found.ok_or_else(|| WithdrawError::Unknown(name()))?;
    match found.contract.status {
        ContractStatus::Withdrawn => return Err(WithdrawError::Before(name())),
        ContractStatus::Draft => {
            let reason = format!(
                "{} is a draft: discard it (calloff draft discard {contract} --number {version})",
                name()
            );
            return Err(WithdrawError::NoAmendment(reason));
        }
        ContractStatus::Published | ContractStatus::Suspended | ContractStatus::Ended => {}
    }
    let Some(day) = found.place_in_time().0.filter(|_| found.contract.amendment.is_some()) else {
        let reason = format!(
            "{} is how the contract began, and no amendment: end the contract instead",
            name()
        );
        return Err(WithdrawError::NoAmendment(reason));
    };
    if day <= days.latest.date {
        return Err(WithdrawError::Begun { what: name(), day });
    }
    let mut write = store.write_as_of(as_of).await?;
    set_status(&mut write, contract, version, ContractStatus::Withdrawn).await?;
    let act = Act::new(AuditAct::AmendmentWithdrawn, contract).with("version", version);
    audit::record(&mut write, doing, &act.with("reason", reason).with("effective_from", day))
        .await?;
    write.commit().await?;
    Ok(day)
}

/// The terms of a version, as a new draft with the next number. `None` when the contract has a
/// draft with that first day.
pub(crate) fn as_draft(versions: &[StoredVersion], terms: Contract) -> Option<Contract> {
    let day = terms.place_in_time().0;
    let is_taken = versions
        .iter()
        .any(|version| version.is_draft() && version.contract.place_in_time().0 == day);
    let next = versions.iter().map(|version| version.contract.version).max().unwrap_or(0) + 1;
    (!is_taken).then_some(Contract { version: next, status: ContractStatus::Draft, ..terms })
}
