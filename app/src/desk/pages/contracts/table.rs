//! The rows of the table of contracts.

use std::sync::Arc;

use calloff_core::wire::{ContractPage, ContractRow, ContractState};
use leptos::prelude::*;

use super::{ContractBadge, contract_address};
use crate::components::{Column, DataTable, DateText, MoneyText, written_date};
use crate::desk::model::contract_query::{ContractQuery, ContractsQuery};
use crate::desk::model::contract_rows::{ContractColumn, ends_soon, sorted};
use crate::desk::routes::Page;
use crate::desk::state::live::Answer;
use crate::i18n::{Text, commitment_use_words, days_left_words, grouped, use_i18n};
use crate::platform::clock::Style;

/// The table. A press on a header sorts by it, through the address.
#[component]
pub fn ContractTable(
    query: Memo<ContractsQuery>,
    turn_to: Callback<ContractsQuery>,
    page: Memo<Option<Answer<ContractPage>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let sort = Memo::new(move |_| query.with(|query| query.sort));
    let rows = Memo::new(move |_| {
        let contracts = page.with(|page| page.as_ref().map(|page| page.0.contracts.clone()));
        Arc::new(sorted(contracts.unwrap_or_default(), sort.get()))
    });
    let columns = ContractColumn::ALL
        .map(|id| Column { id, label: i18n.t(header(id)).into(), class: class(id) })
        .to_vec();
    view! {
        <DataTable
            caption=i18n.t(Text::Contracts)
            columns
            sort
            on_sort=Callback::new(move |column| turn_to.run(query.get_untracked().sorted_by(column)))
            rows
            key=|row: &ContractRow| row.contract.to_string()
            draw=move |row| view! { <Cells row query /> }
            row_attribute="data-contract"
            test_id="contracts-table"
        />
    }
}

fn header(column: ContractColumn) -> Text {
    match column {
        ContractColumn::Title => Text::ContractTitle,
        ContractColumn::Supplier => Text::Supplier,
        ContractColumn::Owner => Text::ContractOwner,
        ContractColumn::State => Text::State,
        ContractColumn::End => Text::ContractEnd,
        ContractColumn::Lines => Text::ColumnLines,
        ContractColumn::Sites => Text::SupplierSites,
        ContractColumn::Ordered => Text::ContractOrdered,
    }
}

fn class(column: ContractColumn) -> &'static str {
    match column {
        ContractColumn::Title => "contract-title",
        ContractColumn::Supplier => "contract-supplier",
        ContractColumn::Owner => "contract-owner",
        ContractColumn::State => "contract-state",
        ContractColumn::End => "contract-end",
        ContractColumn::Lines | ContractColumn::Sites => "contract-count numeric",
        ContractColumn::Ordered => "contract-ordered numeric",
    }
}

#[component]
fn Cells(row: ContractRow, query: Memo<ContractsQuery>) -> impl IntoView {
    let i18n = use_i18n();
    let page = Page::Contract(row.contract.clone());
    let address = move || {
        contract_address(&page, &ContractQuery { table: query.get(), ..ContractQuery::default() })
    };
    let owner = match &row.owner {
        Some(name) => view! { <span class="two-lines">{name.clone()}</span> }.into_any(),
        None => view! { <span class="muted">{i18n.t(Text::ContractOwnerNone)}</span> }.into_any(),
    };
    let count = move |count: u32| move || grouped(&count.to_string(), i18n.language());
    let (title, supplier) = (row.title.clone(), row.supplier_name.clone());
    view! {
        <th scope="row" class="contract-title cell-lines">
            <a class="row-link" href=address title=title data-testid="contract-link">{row.title.clone()}</a>
            <small class="muted">{row.contract.to_string()}</small>
        </th>
        <td class="contract-supplier" title=supplier><span class="two-lines">{row.supplier_name.clone()}</span></td>
        <td class="contract-owner">{owner}</td>
        <td class="contract-state cell-lines"><ContractBadge state=row.state /><Soon row=row.clone() /></td>
        <td class="contract-end cell-lines"><End row=row.clone() /></td>
        <td class="contract-count numeric">{count(row.lines)}</td>
        <td class="contract-count numeric">{count(row.sites)}</td>
        <td class="contract-ordered numeric cell-lines"><Ordered row /></td>
    }
}

/// The day from which the contract holds or changes, if it lies ahead.
#[component]
pub fn Soon(row: ContractRow) -> impl IntoView {
    let i18n = use_i18n();
    let (text, day) = match (row.state, row.changes_on) {
        (ContractState::Announced, _) => (Text::ContractFrom, Some(row.from)),
        (_, changes_on) => (Text::ContractChangesOn, changes_on),
    };
    day.map(|day| {
        let words = move || i18n.fill(text, &[("day", &written_date(i18n, day, Style::Date))]);
        view! { <small class="muted">{words}</small> }
    })
}

/// The last day, and how far it is.
#[component]
fn End(row: ContractRow) -> impl IntoView {
    let i18n = use_i18n();
    let Some((date, days)) = row.validity.end.zip(row.days_left) else {
        return view! { <span class="muted">{i18n.t(Text::ContractNoEnd)}</span> }.into_any();
    };
    let is_soon = ends_soon(&row);
    let words = move || days_left_words(days, i18n.language());
    view! {
        <DateText date style=Style::Date />
        <small class=if is_soon { "ends-soon" } else { "muted" } data-testid="days-left">{words}</small>
    }
    .into_any()
}

/// The ordered amount, and its share of each commitment.
#[component]
fn Ordered(row: ContractRow) -> impl IntoView {
    let i18n = use_i18n();
    if row.ordered.is_empty() && row.commitments.is_empty() {
        return view! { <span class="muted">"–"</span> }.into_any();
    }
    let sums = row.ordered.into_iter().map(|money| view! { <MoneyText money /> }).collect_view();
    let currency = row.currency;
    let used = row.commitments.into_iter().next_back().map(|used| {
        let words = Signal::derive(move || commitment_use_words(&used, currency, i18n.language()));
        view! { <small class="muted" title=words data-testid="commitment-used">{words}</small> }
    });
    view! { {sums} {used} }.into_any()
}
