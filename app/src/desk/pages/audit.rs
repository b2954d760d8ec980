//! The log of privileged acts.

use std::cmp::Ordering;
use std::sync::Arc;

use calloff_core::wire::{AuditEntry, AuditNames};
use leptos::prelude::*;

use super::live_list::{ListSearch, ListWords, LiveList};
use crate::api;
use crate::components::{Column, DataTable, Direction, Moment, Sort};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{self, I18n, Text, use_i18n};

/// The column by which entries are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum AuditColumn {
    When,
    Said,
    From,
}

const COLUMNS: [(AuditColumn, Text, &str); 3] = [
    (AuditColumn::When, Text::AuditWhen, "audit-when"),
    (AuditColumn::Said, Text::AuditSaid, "audit-said"),
    (AuditColumn::From, Text::AuditFrom, "audit-from"),
];

const WORDS: ListWords = ListWords {
    loading: Text::AuditLoading,
    none: (Text::AuditNone, Text::AuditNoneAdvice),
    readers: Text::AuditReaders,
};

#[component]
pub fn AuditPage() -> impl IntoView {
    let i18n = use_i18n();
    let log = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::audit()));
    let sort = RwSignal::new(Sort { column: AuditColumn::When, direction: Direction::Descending });
    let typed = RwSignal::new(String::new());
    let rows = Memo::new(move |_| {
        let page = log.shown.get().value;
        let rows = page
            .map(|page| page.entries.iter().map(|entry| row(entry, &page.names, i18n)).collect());
        let found = typed.with(|typed| matching(rows.unwrap_or_default(), typed));
        Arc::new(sorted(found, sort.get()))
    });
    let columns =
        COLUMNS.map(|(id, text, class)| Column { id, label: i18n.t(text).into(), class }).to_vec();
    let search = ListSearch {
        label: Text::AuditSearch,
        typed,
        is_without_match: Signal::derive(move || rows.with(|rows| rows.is_empty())),
        id: "audit-search",
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Audit)}</h1></div>
        <LiveList list=log is_empty=|page| page.entries.is_empty() words=WORDS search>
            <DataTable
                caption=i18n.t(Text::Audit)
                columns=columns.clone()
                sort
                on_sort=Callback::new(move |column| sort.update(|sort| *sort = sort.pressed(column)))
                rows
                key=|entry: &AuditRow| entry.number.to_string()
                draw=cells
                row_attribute="data-entry"
                test_id="audit-table"
            />
        </LiveList>
    }
}

/// An entry in words, in the present language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AuditRow {
    number: u64,
    at: i64,
    said: String,
    from: String,
}

fn row(entry: &AuditEntry, names: &AuditNames, i18n: I18n) -> AuditRow {
    AuditRow {
        number: entry.number,
        at: entry.at,
        said: i18n::audit_sentence(entry, names, i18n.language()),
        from: entry.from.clone(),
    }
}

fn cells(row: AuditRow) -> impl IntoView {
    let said = row.said.clone();
    view! {
        <td class="audit-when"><Moment at_ms=row.at /></td>
        <th scope="row" class="audit-said" title=said><span class="two-lines">{row.said}</span></th>
        <td class="audit-from">{row.from}</td>
    }
}

/// The entries whose sentence or origin holds every typed word.
fn matching(rows: Vec<AuditRow>, typed: &str) -> Vec<AuditRow> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |row: &AuditRow| {
        let text = format!("{}\n{}", row.said, row.from).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    rows.into_iter().filter(holds).collect()
}

/// Sorts the entries. Equal entries keep the latest first.
fn sorted(mut rows: Vec<AuditRow>, sort: Sort<AuditColumn>) -> Vec<AuditRow> {
    rows.sort_by(|a, b| {
        let order = match sort.column {
            AuditColumn::When => a.number.cmp(&b.number),
            AuditColumn::Said => a.said.cmp(&b.said),
            AuditColumn::From => a.from.cmp(&b.from),
        };
        let order = if sort.direction == Direction::Ascending { order } else { order.reverse() };
        if order == Ordering::Equal { b.number.cmp(&a.number) } else { order }
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, said: &str) -> AuditRow {
        AuditRow { number, at: 0, said: said.to_owned(), from: String::new() }
    }

    #[test]
    fn entries_are_sorted_by_the_pressed_header_and_latest_first_where_they_are_equal() {
        let entries = vec![entry(3, "b"), entry(2, "a"), entry(1, "b")];
        let numbers = |sort| {
            sorted(entries.clone(), sort).iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        let latest = Sort { column: AuditColumn::When, direction: Direction::Descending };
        assert_eq!(numbers(latest), [3, 2, 1]);
        let by_sentence = latest.pressed(AuditColumn::Said);
        assert_eq!(numbers(by_sentence), [2, 3, 1]);
        assert_eq!(numbers(by_sentence.pressed(AuditColumn::Said)), [3, 1, 2]);
    }

    #[test]
    fn an_entry_is_found_by_words_of_its_sentence() {
        let entries = vec![entry(2, "Marta renamed Kitchen"), entry(1, "Ana signed in")];
        assert_eq!(matching(entries.clone(), "kitchen MARTA").len(), 1);
        assert_eq!(matching(entries, "").len(), 2);
    }
}
