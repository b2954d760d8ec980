//! What differs between two versions of a contract: its terms, and its lines a page at a time.

use calloff_core::ids::ContractId;
use calloff_core::money::Currency;
use calloff_core::wire::{ContractDifference, LineDifference, LineFate, LinesPart};
use leptos::prelude::*;

use super::Turning;
use super::lines::Item;
use super::pager::{Pager, Part};
use super::prices::{PriceChanges, Prices};
use crate::api;
use crate::components::{Button, ButtonKind, StatusBadge, Tone};
use crate::desk::model::contract_query::Comparison;
use crate::desk::pages::live_list::{ListWords, LiveList, last_answer};
use crate::desk::state::live::{Answer, Live};
use crate::desk::state::session::use_desk;
use crate::i18n::{
    ChangedFact, Language, Text, changed_facts, changed_names, grouped, header_facts, line_facts,
    use_i18n,
};

/// A contract and a comparison of two of its versions.
type Question = (ContractId, Option<Comparison>);

const WORDS: ListWords = ListWords {
    loading: Text::CompareLoading,
    none: (Text::ContractUnknown, Text::ContractUnknownAdvice),
    readers: Text::ContractsReaders,
};

/// The comparison that the address asks for.
#[component]
pub fn Differences(contract: ContractId, turning: Turning) -> impl IntoView {
    let i18n = use_i18n();
    let comparison = Memo::new(move |_| turning.query.with(|query| query.comparison.clone()));
    let question = Memo::new(move |_| (contract.clone(), comparison.get()));
    let live = Live::new(use_desk(), question, |(contract, comparison): Question| {
        Box::pin(async move {
            let Comparison { versions, fate, part } =
                comparison.unwrap_or_else(|| Comparison::new((0, 0)));
            api::contract_difference(&contract, versions, fate, &part).await
        })
    });
    let title = move || {
        let (from, to) = comparison
            .with(|comparison| comparison.as_ref().map_or((0, 0), |asked| asked.versions));
        let (from, to) = (from.to_string(), to.to_string());
        i18n.fill(Text::CompareBetween, &[("from", &from), ("to", &to)])
    };
    let close = Callback::new(move |()| turning.to(|query| query.comparison = None));
    view! {
        <section class="panel" data-testid="difference">
            <div class="panel-head">
                <h2>{title}</h2>
                <Button label=i18n.t(Text::Close) kind=ButtonKind::Quiet on_press=close test_id="difference-close" />
            </div>
            <LiveList list=live is_empty=|_| false words=WORDS keeps=true>
                <Found live turning />
            </LiveList>
        </section>
    }
}

#[component]
fn Found(live: Live<Question, ContractDifference>, turning: Turning) -> impl IntoView {
    let i18n = use_i18n();
    let page = last_answer(live);
    let terms = move || {
        page.get().map(|Answer(page)| {
            let changes = changed_terms(&page, i18n.language());
            view! { <TermChanges changes /> }
        })
    };
    let lines = move || {
        page.get().map(|Answer(page)| {
            let fate = turning.query.with_untracked(|query| query.comparison.as_ref()?.fate);
            view! { <LineChanges page=(*page).clone() fate turning /> }
        })
    };
    let shown = Signal::derive(move || {
        page.with(|page| {
            let page = &page.as_ref()?.0;
            let shown = u32::try_from(page.lines.len()).unwrap_or(u32::MAX);
            Some(Part { first: page.first, shown, count: page.count })
        })
    });
    let turn = move |last: bool| {
        let edge = page.with_untracked(|page| {
            let lines = &page.as_ref()?.0.lines;
            let row = if last { lines.last() } else { lines.first() };
            Some(row?.line.clone())
        });
        let part = match last {
            true => LinesPart { after: edge, ..LinesPart::default() },
            false => LinesPart { before: edge, ..LinesPart::default() },
        };
        turning.to(|query| {
            if let Some(comparison) = &mut query.comparison {
                comparison.part = part;
            }
        });
    };
    view! {
        {terms}
        {lines}
        <Pager
            part=shown
            on_previous=Callback::new(move |()| turn(false))
            on_next=Callback::new(move |()| turn(true))
            busy=live.is_busy
            test_id="difference-pager"
        />
    }
}

/// What differs beside the lines. If the server found something that has no words here, an entry
/// says so.
fn changed_terms(page: &ContractDifference, language: Language) -> Vec<ChangedFact> {
    let (from, to) = (&page.from, &page.to);
    let mut changes = changed_facts(&header_facts(from, language), &header_facts(to, language));
    changes.extend(changed_names(Text::ScopeIncluded, &from.included, &to.included, language));
    changes.extend(changed_names(Text::ScopeExcluded, &from.excluded, &to.excluded, language));
    if changes.is_empty() && page.terms_differ {
        changes.push((Text::TermsOther, String::new(), String::new()));
    }
    changes
}

/// A value that a version may lack.
fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[component]
fn TermChanges(changes: Vec<ChangedFact>) -> impl IntoView {
    let i18n = use_i18n();
    if changes.is_empty() {
        return view! { <p class="muted" data-testid="terms-same">{i18n.t(Text::CompareTermsSame)}</p> }
            .into_any();
    }
    let rows = changes.into_iter().map(|(name, from, to)| {
        view! {
            <tr data-testid="term-change">
                <th scope="row">{i18n.t(name)}</th>
                <td>{or_dash(from)}</td>
                <td>{or_dash(to)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::ContractTerms)>
            <table class="term-changes">
                <thead>
                    <tr>
                        <th scope="col">{i18n.t(Text::CompareTerm)}</th>
                        <th scope="col">{i18n.t(Text::CompareBefore)}</th>
                        <th scope="col">{i18n.t(Text::CompareAfter)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn LineChanges(
    page: ContractDifference,
    fate: Option<LineFate>,
    turning: Turning,
) -> impl IntoView {
    let i18n = use_i18n();
    let all: u32 = page.fates.iter().sum();
    let unchanged = page.unchanged;
    let count = move |text: Text, count: u32| {
        let count = grouped(&count.to_string(), i18n.language());
        i18n.fill(text, &[("count", &count)])
    };
    if all == 0 {
        let words = move || count(Text::CompareLinesSame, unchanged);
        return view! { <p class="muted" data-testid="lines-same">{words}</p> }.into_any();
    }
    let button = move |which: Option<LineFate>, number: u32| {
        let words = move || match which {
            None => count(Text::CompareAll, number),
            Some(fate) => {
                let number = grouped(&number.to_string(), i18n.language());
                let fate = i18n.t(fate_text(fate).1)();
                i18n.fill(Text::FateCounted, &[("fate", fate), ("count", &number)])
            }
        };
        let press = move |_| {
            turning.to(|query| {
                if let Some(comparison) = &mut query.comparison {
                    *comparison =
                        Comparison { fate: which, ..Comparison::new(comparison.versions) };
                }
            });
        };
        let name = which.map_or("all", LineFate::name);
        view! {
            <button type="button" class="button" aria-pressed=(fate == which).to_string() data-testid="fate" data-fate=name on:click=press>{words}</button>
        }
    };
    let fates = LineFate::ALL.into_iter().zip(page.fates).filter(|(_, count)| *count > 0);
    let fates = fates.map(|(fate, count)| button(Some(fate), count)).collect_view();
    let currencies = (page.from.contract.currency, page.to.contract.currency);
    let rows = page.lines.into_iter().map(|row| view! { <LineChange row currencies /> });
    view! {
        <div class="fates" role="group" aria-label=i18n.t(Text::CompareWhat)>{button(None, all)}{fates}</div>
        <p class="muted">{move || count(Text::CompareUnchanged, unchanged)}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::ContractLines)>
            <table class="line-changes" data-testid="line-changes">
                <thead>
                    <tr>
                        <th scope="col">{i18n.t(Text::Item)}</th>
                        <th scope="col">{i18n.t(Text::CompareWhat)}</th>
                        <th scope="col">{i18n.t(Text::CompareBefore)}" → "{i18n.t(Text::CompareAfter)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What happened to a line, and how it is marked.
fn fate_text(fate: LineFate) -> (Tone, Text) {
    match fate {
        LineFate::Added => (Tone::Positive, Text::FateAdded),
        LineFate::Repriced => (Tone::Informative, Text::FateRepriced),
        LineFate::Changed => (Tone::Informative, Text::FateChanged),
        LineFate::Removed => (Tone::Caution, Text::FateRemoved),
    }
}

#[component]
fn LineChange(row: LineDifference, currencies: (Currency, Currency)) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = fate_text(row.fate);
    let label = Signal::derive(move || i18n.t(text)().to_owned());
    let line = row.after.clone().or_else(|| row.before.clone());
    let item = line.map(|line| view! { <Item line description=row.description.clone() /> });
    let base_unit = row.base_unit;
    let (old, new) = currencies;
    let is_changed = row.fate == LineFate::Changed;
    let what = match (row.before, row.after) {
        (Some(before), Some(after)) => {
            let (tiers, unit) = ((before.tiers.clone(), after.tiers.clone()), after.orderable_unit);
            let others = move || {
                let language = i18n.language();
                let facts = |line, currency| line_facts(line, (currency, base_unit), language);
                let mut changes = changed_facts(&facts(&before, old), &facts(&after, new));
                if changes.is_empty() && is_changed {
                    changes.push((Text::TermsOther, String::new(), String::new()));
                }
                let one = move |(name, from, to): ChangedFact| {
                    view! {
                        <small class="rule"><span class="muted">{i18n.t(name)}": "</span>{or_dash(from)}" → "{or_dash(to)}</small>
                    }
                };
                changes.into_iter().map(one).collect_view()
            };
            let (before, after) = tiers;
            view! { <PriceChanges before after currencies unit /> {others} }.into_any()
        }
        (before, after) => {
            let currency = if after.is_some() { new } else { old };
            let line = after.or(before);
            line.map(|line| {
                view! { <Prices tiers=line.tiers currency unit=line.orderable_unit /> }
            })
            .into_any()
        }
    };
    view! {
        <tr data-testid="line-change" data-line=row.line.to_string() data-fate=row.fate.name()>
            <th scope="row">{item}</th>
            <td><StatusBadge tone label /></td>
            <td>{what}</td>
        </tr>
    }
}
