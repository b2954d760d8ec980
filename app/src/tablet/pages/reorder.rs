//! Ordering an earlier order again: a look at today's prices, and one tap.

use calloff_core::ids::DocumentId;
use calloff_core::order::Command;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::basket::{Charges, DeliveryOn, MinimumGauge, total_text};
use super::prices::PriceRows;
use crate::components::{Button, ButtonKind, ButtonSize, Dialog, MoneyText, TotalsText};
use crate::i18n::{Text, use_i18n};
use crate::platform::back;
use crate::tablet::model::reorder::{Reorder, reorder};
use crate::tablet::routes::Page;
use crate::tablet::state::dispatch_error::DispatchError;
use crate::tablet::state::tablet::{Press, use_tablet};
use crate::tablet::state::workspace::{new_document, new_lines};

/// A dialog about the order in `again`, while there is one.
#[component]
pub fn ReorderDialog(again: RwSignal<Option<DocumentId>>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(again.get().is_some()));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            again.set(None);
        }
        is_open
    });
    let shown = Memo::new(move |_| -> Option<Reorder> {
        let order = tablet.workspace.order(again.get()?).get()?;
        let release = tablet.catalogue.release()?;
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        Some(reorder(&order.state, &release.catalogue, resolved, &remaining))
    });
    let press = Press::default();
    let navigate = StoredValue::new_local(use_navigate());
    let begin = move |_| {
        let Some(reorder) = shown.get_untracked() else { return };
        let ids = new_document().map_err(DispatchError::from);
        match ids.and_then(|document| Ok((document, reorder.commands(new_lines)?))) {
            Ok((document, adds)) => {
                let create = Command::CreateOrder { site: tablet.enrolment().granted.site.clone() };
                tablet.dispatch_once(
                    press,
                    document,
                    std::iter::once(create).chain(adds).collect(),
                    move || {
                        again.set(None);
                        back::after_closing(move || {
                            navigate.with_value(|navigate| {
                                navigate(&Page::Order(document).path(), Default::default())
                            });
                        });
                    },
                );
            }
            Err(error) => tablet.tell_failure(&error),
        }
    };
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    let content = move || {
        let Reorder { basket, missing, changes, .. } = shown.get()?;
        let count = basket.line_count;
        let (text, totals) = (total_text(basket.has_charges()), basket.totals.clone());
        let groups = basket.groups.into_iter().map(|group| {
            let total = group.total_with_charges();
            view! {
                <li class="send-group">
                    <span class="spread">
                        <strong class="line-name">{group.supplier_name}</strong>
                    <strong>{total.map(|money| view! { <MoneyText money /> })}</strong>
                    </span>
                    <small class="muted"><DeliveryOn date=group.delivery_date /></small>
                    <Charges charges=group.charges />
                    {group.minimum.filter(|minimum| minimum.missing.is_some()).map(|minimum| view! { <MinimumGauge minimum /> })}
                </li>
            }
        });
        let left_out = (!missing.is_empty()).then(|| {
            let items = missing.join(", ");
            view! {
                <p class="callout" data-tone="caution" data-testid="reorder-missing">
                    {move || i18n.fill(Text::ReorderMissing, &[("items", &items)])}
                </p>
            }
        });
        let changed = (!changes.is_empty()).then(|| {
            view! {
                <section class="callout stack gap-2" data-tone="caution" data-testid="reorder-changes">
                    <p>{i18n.t(Text::ReorderChanges)}</p>
                    <PriceRows changes />
                </section>
            }
        });
        Some(view! {
            <div class="stack send-dialog" data-testid="reorder-dialog">
                <h2>{i18n.t(Text::ReorderTitle)}</h2>
                {(count == 0).then(|| view! { <p class="callout" data-tone="negative">{i18n.t(Text::ReorderNothing)}</p> })}
                {(count > 0).then(|| view! { <p class="muted">{i18n.t(Text::ReorderPrices)}</p> })}
                <ul role="list" class="lines send-groups">{groups.collect_view()}</ul>
                {(!totals.is_empty()).then(|| view! {
                    <p class="spread" data-testid="reorder-total">
                        <strong>{i18n.t(text)}</strong><strong><TotalsText totals /></strong>
                    </p>
                })}
                {left_out}
                {changed}
                <Button label=move || i18n.count(count, Text::ReorderOne, Text::ReorderMany) kind=ButtonKind::Primary
                    size=ButtonSize::LargeAndWide disabled=count == 0 on_press=begin test_id="confirm-reorder" />
            </div>
        })
    };
    view! { <Dialog open label=words(Text::ReorderTitle) close_label=words(Text::Close)>{content}</Dialog> }
}
