//! The lines of one version, a page at a time. The server searches.

use calloff_core::contract::{CatalogueLine, PricesSince, tier_changes};
use calloff_core::ids::ContractId;
use calloff_core::money::Currency;
use calloff_core::unit::Unit;
use calloff_core::wire::{ContractLineRow, ContractLinesPage, LinesPart};
use leptos::prelude::*;

use super::Turning;
use super::pager::{Pager, Part};
use super::prices::{Prices, threshold_words, written};
use crate::api;
use crate::components::written_date;
use crate::desk::pages::filter_fields::TypedFilter;
use crate::desk::pages::live_list::{ListWords, LiveList, last_answer};
use crate::desk::state::live::{Answer, Live};
use crate::desk::state::session::use_desk;
use crate::i18n::{
    Fact, Text, pack_words, quantity_rules, special_rules, unit_name, use_i18n, validity_words,
};
use crate::platform::clock::Style;

/// A version of a contract and a part of its lines.
type Question = (ContractId, u32, LinesPart);

const WORDS: ListWords = ListWords {
    loading: Text::ContractLinesLoading,
    none: (Text::ContractUnknown, Text::ContractUnknownAdvice),
    readers: Text::ContractsReaders,
};

/// The lines with their search.
#[component]
pub fn Lines(
    contract: ContractId,
    version: u32,
    currency: Currency,
    turning: Turning,
) -> impl IntoView {
    let i18n = use_i18n();
    let part = Memo::new(move |_| turning.query.with(|query| query.lines.clone()));
    let question = Memo::new(move |_| (contract.clone(), version, part.get()));
    let live = Live::new(use_desk(), question, |(contract, version, part): Question| {
        Box::pin(async move { api::contract_lines(&contract, version, &part).await })
    });
    let title = move || i18n.fill(Text::ContractLinesOf, &[("version", &version.to_string())]);
    let search = Callback::new(move |text: Option<String>| {
        turning.to(|query| query.lines = LinesPart { search: text, ..LinesPart::default() });
    });
    view! {
        <section class="panel" data-testid="contract-lines-panel">
            <h2>{title}</h2>
            <div class="list-search">
                <TypedFilter
                    id="lines-search"
                    label=Text::ContractLinesSearch
                    known=Signal::derive(move || part.with(|part| part.search.clone()))
                    on_typed=search
                />
            </div>
            <LiveList list=live is_empty=|_| false words=WORDS keeps=true>
                <Table live currency turning part />
            </LiveList>
        </section>
    }
}

#[component]
fn Table(
    live: Live<Question, ContractLinesPage>,
    currency: Currency,
    turning: Turning,
    part: Memo<LinesPart>,
) -> impl IntoView {
    let i18n = use_i18n();
    let page = last_answer(live);
    let headers = [
        (Text::Item, ""),
        (Text::LinePack, ""),
        (Text::Price, "numeric"),
        (Text::LineRules, ""),
        (Text::ContractValid, ""),
    ];
    let headers =
        headers.map(|(text, class)| view! { <th scope="col" class=class>{i18n.t(text)}</th> });
    let rows = move || {
        let row = |row: &ContractLineRow| view! { <Line row=row.clone() currency /> };
        page.with(|page| {
            page.as_ref().map(|Answer(page)| page.lines.iter().map(row).collect_view())
        })
    };
    let count = Memo::new(move |_| page.with(|page| page.as_ref().map(|page| page.0.count)));
    let none = move || {
        (count.get() == Some(0)).then(|| {
            let is_searched = part.with(|part| part.search.is_some());
            let text = if is_searched { Text::FilterNoMatch } else { Text::ContractLinesNone };
            view! { <p class="muted" data-testid="lines-none">{i18n.t(text)}</p> }
        })
    };
    let shown = Signal::derive(move || {
        page.with(|page| {
            let page = &page.as_ref()?.0;
            let shown = u32::try_from(page.lines.len()).unwrap_or(u32::MAX);
            Some(Part { first: page.first, shown, count: page.count })
        })
    });
    let edge = move |last: bool| {
        page.with_untracked(|page| {
            let lines = &page.as_ref()?.0.lines;
            let row = if last { lines.last() } else { lines.first() };
            Some(row?.line.id.clone())
        })
    };
    let on_previous = Callback::new(move |()| {
        let before = edge(false);
        turning.to(|query| {
            query.lines = LinesPart { before, after: None, search: query.lines.search.take() };
        });
    });
    let on_next = Callback::new(move |()| {
        let after = edge(true);
        turning.to(|query| {
            query.lines = LinesPart { after, before: None, search: query.lines.search.take() };
        });
    });
    let busy = live.is_busy;
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::ContractLines)>
            <table class="contract-lines" data-testid="contract-lines" data-count=move || count.get().map(|count| count.to_string())>
                <thead><tr>{headers.collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {none}
        <Pager part=shown on_previous on_next busy test_id="lines-pager" />
    }
}

#[component]
fn Line(row: ContractLineRow, currency: Currency) -> impl IntoView {
    let i18n = use_i18n();
    let ContractLineRow { line, description, base_unit, prices } = row;
    let (tiers, unit) = (line.tiers.clone(), line.orderable_unit);
    let history = prices.map(|prices| view! { <History prices line=line.clone() currency /> });
    let days = match line.validity {
        Some(days) => {
            let words = move || validity_words(&days, i18n.language());
            view! { <span>{words}</span> }.into_any()
        }
        None => view! { <span class="muted">{i18n.t(Text::LineValidAsContract)}</span> }.into_any(),
    };
    let rules = {
        let line = line.clone();
        move || {
            let language = i18n.language();
            let mut facts = quantity_rules(&line, language);
            facts.extend(special_rules(&line, currency, language));
            facts.into_iter().map(|fact| view! { <RuleText fact /> }).collect_view()
        }
    };
    view! {
        <tr data-testid="contract-line" data-line=line.id.to_string() data-item=line.item.to_string()>
            <th scope="row"><Item line=line.clone() description /></th>
            <td><Pack line=line.clone() base_unit /></td>
            <td class="numeric"><Prices tiers currency unit />{history}</td>
            <td>{rules}</td>
            <td>{days}</td>
        </tr>
    }
}

/// The item by its description, and then by its numbers.
#[component]
pub fn Item(line: CatalogueLine, description: String) -> impl IntoView {
    let i18n = use_i18n();
    let name = if description.is_empty() {
        view! { <span class="muted">{i18n.t(Text::LineItemUnknown)}</span> }.into_any()
    } else {
        view! { <span>{description}</span> }.into_any()
    };
    let numbers = move || {
        let item = line.item.to_string();
        match &line.supplier_item_number {
            Some(number) => {
                i18n.fill(Text::LineNumbers, &[("item", &item), ("number", number.as_ref())])
            }
            None => item,
        }
    };
    view! { <span class="stacked">{name}<small class="muted">{numbers}</small></span> }
}

/// The unit that is ordered, and what it holds.
#[component]
fn Pack(line: CatalogueLine, base_unit: Option<Unit>) -> impl IntoView {
    let i18n = use_i18n();
    let unit = line.orderable_unit;
    let words = line.package_description.clone();
    let words = words.map(|words| view! { <small class="muted">{words.to_string()}</small> });
    let pack = move || {
        let language = i18n.language();
        pack_words(&line, base_unit, language).unwrap_or_else(|| unit_name(unit, language))
    };
    view! { <span class="stacked"><span>{pack}</span>{words}</span> }
}

/// Since when the line has its prices, and what the first price that changed was before.
#[component]
fn History(prices: PricesSince, line: CatalogueLine, currency: Currency) -> impl IntoView {
    let i18n = use_i18n();
    let PricesSince { since, before } = prices;
    let since = move || {
        i18n.fill(Text::LinePriceSince, &[("day", &written_date(i18n, since, Style::Date))])
    };
    let (is_alone, unit) = (line.tiers.len() <= 1, line.orderable_unit);
    let changes = tier_changes(&before, &line.tiers).into_iter();
    let changed = changes.filter_map(|change| Some((change.threshold, change.from?))).next();
    let earlier = changed.map(|(threshold, price)| {
        let words = move || {
            let price = written(i18n, &price, currency);
            let before = i18n.fill(Text::LinePriceBefore, &[("price", &price)]);
            if is_alone {
                before
            } else {
                format!("{}: {before}", threshold_words(i18n, threshold, unit))
            }
        };
        view! { <span data-testid="price-before">{words}</span>", " }
    });
    view! { <small class="muted price-history">{earlier}<span data-testid="price-since">{since}</span></small> }
}

/// A name and a value in a small line of a cell.
#[component]
fn RuleText(fact: Fact) -> impl IntoView {
    let i18n = use_i18n();
    let (name, value) = fact;
    view! { <small class="rule"><span class="muted">{i18n.t(name)}": "</span>{value}</small> }
}
