//! The log of privileged acts.

use std::cmp::Ordering;
use std::sync::Arc;

use calloff_core::wire::{AuditAct, AuditEntry, AuditNames};
use leptos::prelude::*;

use super::problem::{problem, stage};
use crate::api;
use crate::components::{AsyncView, Column, DataTable, Direction, Moment, Sort};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{self, I18n, Text, use_i18n};

/// The column by which entries are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum AuditColumn {
    When,
    Who,
    Act,
    Target,
    From,
    Detail,
}

const COLUMNS: [(AuditColumn, Text, &str); 6] = [
    (AuditColumn::When, Text::AuditWhen, "audit-when"),
    (AuditColumn::Who, Text::AuditWho, "audit-who"),
    (AuditColumn::Act, Text::AuditAct, "audit-act"),
    (AuditColumn::Target, Text::AuditTarget, "audit-target"),
    (AuditColumn::From, Text::AuditFrom, "audit-from"),
    (AuditColumn::Detail, Text::AuditDetail, "audit-detail"),
];

#[component]
pub fn AuditPage() -> impl IntoView {
    let i18n = use_i18n();
    let log = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::audit()));
    let sort = RwSignal::new(Sort { column: AuditColumn::When, direction: Direction::Descending });
    let stage = Signal::derive(move || {
        log.shown.with(|shown| stage(shown, |page| page.entries.is_empty()))
    });
    let words = move || {
        let none = (Text::AuditNone, Text::AuditNoneAdvice);
        log.shown.with(|shown| {
            shown.problem.as_ref().map(|error| problem(i18n, error, none, Text::AuditReaders))
        })
    };
    let rows = Memo::new(move |_| {
        let page = log.shown.get().value;
        let rows = page
            .map(|page| page.entries.iter().map(|entry| row(entry, &page.names, i18n)).collect());
        Arc::new(sorted(rows.unwrap_or_default(), sort.get()))
    });
    let columns =
        COLUMNS.map(|(id, text, class)| Column { id, label: i18n.t(text).into(), class }).to_vec();
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Audit)}</h1></div>
        <AsyncView
            stage
            loading=i18n.t(Text::AuditLoading)
            empty_title=i18n.t(Text::AuditNone)
            empty_advice=i18n.t(Text::AuditNoneAdvice)
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| log.request())
            busy=log.is_busy
        >
            <DataTable
                caption=i18n.t(Text::Audit)
                columns=columns.clone()
                sort
                on_sort=Callback::new(move |column| sort.update(|sort| *sort = pressed(*sort, column)))
                rows
                key=|entry: &AuditRow| entry.number.to_string()
                draw=cells
                row_attribute="data-entry"
                test_id="audit-table"
            />
        </AsyncView>
    }
}

/// An entry in words, in the present language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AuditRow {
    number: u64,
    at: i64,
    who: String,
    act: &'static str,
    target: String,
    from: String,
    detail: String,
}

fn row(entry: &AuditEntry, names: &AuditNames, i18n: I18n) -> AuditRow {
    let language = i18n.language();
    AuditRow {
        number: entry.number,
        at: entry.at,
        who: i18n::audit_actor(&entry.by, names, language),
        act: act_text(entry.act).in_language(language),
        target: i18n::audit_target(entry, names, language),
        from: entry.from.clone(),
        detail: i18n::audit_detail(entry, names, language),
    }
}

fn cells(row: AuditRow) -> impl IntoView {
    let (target, detail) = (row.target.clone(), row.detail.clone());
    view! {
        <td class="audit-when"><Moment at_ms=row.at /></td>
        <td class="audit-who">{row.who}</td>
        <th scope="row" class="audit-act">{row.act}</th>
        <td class="audit-target" title=target>{row.target}</td>
        <td class="audit-from">{row.from}</td>
        <td class="audit-detail" title=detail>{row.detail}</td>
    }
}

/// The sorting after a press on a header. The same column turns around, and another column begins
/// ascending.
fn pressed(sort: Sort<AuditColumn>, column: AuditColumn) -> Sort<AuditColumn> {
    let is_turned = sort.column == column && sort.direction == Direction::Ascending;
    Sort { column, direction: if is_turned { Direction::Descending } else { Direction::Ascending } }
}

/// Sorts the entries. Equal entries keep the latest first.
fn sorted(mut rows: Vec<AuditRow>, sort: Sort<AuditColumn>) -> Vec<AuditRow> {
    rows.sort_by(|a, b| {
        let order = match sort.column {
            AuditColumn::When => a.number.cmp(&b.number),
            AuditColumn::Who => a.who.cmp(&b.who),
            AuditColumn::Act => a.act.cmp(b.act),
            AuditColumn::Target => a.target.cmp(&b.target),
            AuditColumn::From => a.from.cmp(&b.from),
            AuditColumn::Detail => a.detail.cmp(&b.detail),
        };
        let order = if sort.direction == Direction::Ascending { order } else { order.reverse() };
        if order == Ordering::Equal { b.number.cmp(&a.number) } else { order }
    });
    rows
}

fn act_text(act: AuditAct) -> Text {
    match act {
        AuditAct::SignedIn => Text::ActSignedIn,
        AuditAct::SignInFailed => Text::ActSignInFailed,
        AuditAct::ProviderAccountLinked => Text::ActProviderAccountLinked,
        AuditAct::EnrolmentCodeIssued => Text::ActEnrolmentCodeIssued,
        AuditAct::TabletEnrolled => Text::ActTabletEnrolled,
        AuditAct::EnrolmentFailed => Text::ActEnrolmentFailed,
        AuditAct::TabletRevoked => Text::ActTabletRevoked,
        AuditAct::TabletRenamed => Text::ActTabletRenamed,
        AuditAct::PersonChanged => Text::ActPersonChanged,
        AuditAct::PersonRemoved => Text::ActPersonRemoved,
        AuditAct::PinSet => Text::ActPinSet,
        AuditAct::PinRemoved => Text::ActPinRemoved,
        AuditAct::Imported => Text::ActImported,
        AuditAct::AllotmentPlanned => Text::ActAllotmentPlanned,
        AuditAct::ReleasePublished => Text::ActReleasePublished,
        AuditAct::ReleaseWithdrawn => Text::ActReleaseWithdrawn,
        AuditAct::AmendmentWithdrawn => Text::ActAmendmentWithdrawn,
        AuditAct::DraftDiscarded => Text::ActDraftDiscarded,
        AuditAct::DraftRestored => Text::ActDraftRestored,
        AuditAct::TiesSettled => Text::ActTiesSettled,
        AuditAct::QuarantineViewed => Text::ActQuarantineViewed,
        AuditAct::QuarantineDownloaded => Text::ActQuarantineDownloaded,
        AuditAct::ExceptionDecided => Text::ActExceptionDecided,
        AuditAct::DatabaseRestored => Text::ActDatabaseRestored,
        AuditAct::OfferTakenUp => Text::ActOfferTakenUp,
        AuditAct::OfferDiscarded => Text::ActOfferDiscarded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, target: &str) -> AuditRow {
        AuditRow {
            number,
            at: 0,
            who: String::new(),
            act: "",
            target: target.to_owned(),
            from: String::new(),
            detail: String::new(),
        }
    }

    #[test]
    fn entries_are_sorted_by_the_pressed_header_and_latest_first_where_they_are_equal() {
        let entries = vec![entry(3, "b"), entry(2, "a"), entry(1, "b")];
        let numbers = |sort| {
            sorted(entries.clone(), sort).iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        let latest = Sort { column: AuditColumn::When, direction: Direction::Descending };
        assert_eq!(numbers(latest), [3, 2, 1]);
        let by_target = pressed(latest, AuditColumn::Target);
        assert_eq!(numbers(by_target), [2, 3, 1]);
        assert_eq!(numbers(pressed(by_target, AuditColumn::Target)), [3, 1, 2]);
    }
}
