//! Prices of a draft that changed since a person saw them.

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::OrderState;
use calloff_core::order::basket::basket_within;
use leptos::prelude::*;

use crate::components::Button;
use crate::components::PriceText;
use crate::i18n::{self, Text, use_i18n};
use crate::tablet::model::prices::{self, PriceChange, ShownPrice};
use crate::tablet::state::catalogue::Release;
use crate::tablet::state::seen_prices::Seen;
use crate::tablet::state::tablet::{ThisTablet, use_tablet};

/// The changes of a draft's prices since a person saw them. The memo follows the draft and the
/// catalogue.
#[must_use]
pub fn price_changes(tablet: ThisTablet, order: DocumentId) -> Memo<Vec<PriceChange>> {
    let view = tablet.workspace.order(order);
    Memo::new(move |_| {
        let Some((view, release)) = view.get().zip(tablet.catalogue.release()) else {
            return Vec::new();
        };
        let seen = tablet.seen_prices.of(order);
        with_prices(tablet, &release, |resolve| {
            prices::changes(&seen, &view.state, &release.catalogue, resolve)
        })
    })
}

/// Notes the prices of drafts as soon as they are on the tablet, and notes that a person saw the
/// lines of a draft.
#[derive(Clone, Copy)]
pub struct PriceNotes(ThisTablet);

impl PriceNotes {
    /// The price notes of a tablet.
    #[must_use]
    pub fn of(tablet: ThisTablet) -> Self {
        Self(tablet)
    }

    /// Follows the drafts of the tablet for as long as the page is open.
    pub fn keep(self) {
        let tablet = self.0;
        Effect::new(move |_| {
            let (Some(release), orders) = (tablet.catalogue.release(), tablet.workspace.orders())
            else {
                return;
            };
            let drafts =
                orders.values().map(|order| &order.state).filter(|order| order.is_editable());
            let drafts: Vec<_> = drafts.filter(|order| !order.is_let_go()).cloned().collect();
            untrack(|| {
                with_prices(tablet, &release, |resolve| {
                    tablet.seen_prices.update(|seen: &mut Seen| {
                        seen.retain(|id, _| drafts.iter().any(|order| order.document == *id));
                        for order in &drafts {
                            if prices::has_news(seen, order) {
                                prices::note(seen, order, resolve);
                            }
                        }
                    });
                });
            });
        });
    }

    /// Notes the present price of a line, because a person saw it while choosing the quantity.
    pub fn acknowledge_line(self, order: DocumentId, line: &OrderLineId) {
        let tablet = self.0;
        tablet.seen_prices.update(|seen| {
            if let Some(lines) = seen.get_mut(&order) {
                lines.remove(line);
            }
        });
        let known =
            tablet.workspace.order_untracked(order).zip(tablet.catalogue.release_untracked());
        let Some((view, release)) = known else { return };
        untrack(|| {
            with_prices(tablet, &release, |resolve| {
                tablet.seen_prices.update(|seen| prices::note(seen, &view.state, resolve));
            });
        });
    }

    /// Notes the present prices of a draft, because a person saw them.
    pub fn acknowledge(self, order: DocumentId) {
        let tablet = self.0;
        let known =
            tablet.workspace.order_untracked(order).zip(tablet.catalogue.release_untracked());
        let Some((view, release)) = known else { return };
        untrack(|| {
            with_prices(tablet, &release, |resolve| {
                tablet.seen_prices.update(|seen| prices::acknowledge(seen, &view.state, resolve));
            });
        });
    }
}

fn with_prices<T>(
    tablet: ThisTablet,
    release: &Release,
    run: impl FnOnce(&dyn Fn(&OrderState) -> calloff_core::order::basket::Basket) -> T,
) -> T {
    let (resolved, remaining) = (tablet.resolved_for(release), tablet.remaining(release));
    run(&|order| basket_within(order, &release.catalogue, resolved, remaining.clone()))
}

/// The changed prices, until a person says that they saw them.
#[component]
pub fn PricesChanged(order: DocumentId, changes: Memo<Vec<PriceChange>>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    move || {
        let changes = changes.get();
        (!changes.is_empty()).then(|| {
            view! {
                <section class="callout stack gap-2" data-tone="caution" role="alert" data-testid="prices-changed">
                    <h2>{i18n.t(Text::PricesChanged)}</h2>
                    <PriceRows changes />
                    <Button label=i18n.t(Text::Understood) on_press=move |()| PriceNotes::of(tablet).acknowledge(order) test_id="prices-understood" />
                </section>
            }
        })
    }
}

/// The changed prices line by line, with the old and the new price.
#[component]
pub fn PriceRows(changes: Vec<PriceChange>) -> impl IntoView {
    let i18n = use_i18n();
    let price = |price: ShownPrice| view! { <PriceText amount=price.amount currency=price.currency buys=price.buys /> };
    let row = move |change: PriceChange| {
        let amount = change.amount;
        let supplier = change.new_supplier.map(|supplier| {
            view! { " · "{move || i18n.fill(Text::NowFrom, &[("supplier", &supplier)])} }
        });
        view! {
            <li data-testid="price-change">
                <strong class="line-name">{change.description}</strong>
                <span>{price(change.from)}" → "<strong>{price(change.to)}</strong></span>
                <small class="muted">
                    {move || i18n.fill(Text::PriceNow, &[("amount", &i18n::money(&amount, i18n.language()))])}{supplier}
                </small>
            </li>
        }
    };
    view! { <ul role="list" class="price-rows">{changes.into_iter().map(row).collect_view()}</ul> }
}
