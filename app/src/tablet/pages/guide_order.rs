//! The order that takes lines of the guide: a draft of the person at the tablet. If that is not
//! clear, the page asks.

use calloff_core::ids::{DocumentId, ItemId};
use calloff_core::order::{Command, OrderStage};
use calloff_core::quantity::Quantity;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::order_title::{title_of, title_words};
use crate::components::{Button, ButtonKind, ButtonSize, Dialog};
use crate::i18n::{Text, use_i18n};
use crate::platform::back;
use crate::tablet::model::guide::commands;
use crate::tablet::model::home::Title;
use crate::tablet::routes::Page;
use crate::tablet::state::dispatch_error::DispatchError;
use crate::tablet::state::hints;
use crate::tablet::state::tablet::{Press, ThisTablet, use_tablet};
use crate::tablet::state::workspace::{new_document, new_lines};

/// The most drafts offered at once. The home page shows all.
const MOST_OFFERED: usize = 4;

/// The drafts of the person at the tablet, the newest first. Empty drafts are left out.
#[must_use]
pub fn own_drafts(tablet: ThisTablet) -> Memo<Vec<(DocumentId, Title)>> {
    Memo::new(move |_| {
        let person = tablet.person_name();
        let orders = tablet.workspace.orders();
        let own = orders.into_iter().rev().filter(|(_, order)| {
            let state = &order.state;
            state.stage() == OrderStage::Draft && !state.is_let_go() && state.held_by() == person
        });
        own.take(MOST_OFFERED).map(|(id, order)| (id, title_of(tablet, &order.state))).collect()
    })
}

/// The order that takes lines of the guide.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// A new order, because the person has no draft.
    New,
    /// The draft that got lines of the guide before.
    Known(DocumentId, Title),
    /// The person has drafts, but none of them got lines of the guide last. The page must ask.
    Ask,
}

fn target(drafts: &[(DocumentId, Title)], last: Option<DocumentId>) -> Target {
    match drafts.iter().find(|(id, _)| Some(*id) == last) {
        Some((id, title)) => Target::Known(*id, title.clone()),
        None if drafts.is_empty() => Target::New,
        None => Target::Ask,
    }
}

/// Puts the missing quantities on an order with one tap. It takes two taps if the person must
/// choose the order.
#[component]
pub fn OrderMissing(
    #[prop(into)] wanted: Signal<Vec<(ItemId, Quantity)>>,
    /// Called when the quantities are on an order.
    on_put: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let drafts = own_drafts(tablet);
    let asks = RwSignal::new(false);
    let press = Press::default();
    let navigate = StoredValue::new_local(use_navigate());
    let put = Callback::new(move |draft: Option<DocumentId>| {
        let begin = draft
            .is_none()
            .then(|| Command::CreateOrder { site: tablet.enrolment().granted.site.clone() });
        let document = draft.map_or_else(new_document, Ok).map_err(DispatchError::from);
        let state = draft
            .and_then(|draft| tablet.workspace.order_untracked(draft))
            .map(|order| order.state);
        let adds = wanted.with_untracked(|wanted| commands(state.as_deref(), wanted, new_lines));
        match document.and_then(|document| Ok((document, adds?))) {
            Ok((document, adds)) => {
                tablet.dispatch_once(
                    press,
                    document,
                    begin.into_iter().chain(adds).collect(),
                    move || {
                        on_put.run(());
                        hints::set_guide_order(document);
                        asks.set(false);
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
    });
    let goes_to = Memo::new(move |_| drafts.with(|drafts| target(drafts, hints::guide_order())));
    let order = move |()| match goes_to.get_untracked() {
        Target::New => put.run(None),
        Target::Known(draft, _) => put.run(Some(draft)),
        Target::Ask => asks.set(true),
    };
    let words = move || {
        let count = wanted.with(Vec::len);
        match goes_to.get() {
            Target::New => i18n.count(count, Text::ReorderOne, Text::ReorderMany),
            Target::Known(_, title) => {
                let text = if count == 1 { Text::MissingToOne } else { Text::MissingToMany };
                i18n.fill(
                    text,
                    &[("count", &count.to_string()), ("order", &title_words(i18n, &title))],
                )
            }
            Target::Ask => i18n.count(count, Text::MissingChooseOne, Text::MissingChooseMany),
        }
    };
    let bar = move || {
        let count = wanted.with(Vec::len);
        (count > 0).then(|| {
            view! {
                <div class="sticky-bottom spread order-bar">
                    <span>{move || i18n.count(count, Text::MissingOne, Text::MissingMany)}</span>
                    <Button label=words kind=ButtonKind::Primary size=ButtonSize::Large on_press=order test_id="order-missing" />
                </div>
            }
        })
    };
    let choice = move |(id, title): (DocumentId, Title)| {
        let words = move || title_words(i18n, &title);
        view! {
            <li>
                <Button label=words size=ButtonSize::Wide on_press=move |()| put.run(Some(id)) test_id="choose-order"
                    attr:data-order=id.to_string() />
            </li>
        }
    };
    let label = Signal::derive(move || i18n.t(Text::ChooseOrder)().to_owned());
    view! {
        {bar}
        <Dialog open=asks label close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>
            <div class="stack send-dialog" data-testid="choose-order-dialog">
                <h2>{i18n.t(Text::ChooseOrder)}</h2>
                <ul role="list" class="stack gap-2">
                    <li>
                        <Button label=i18n.t(Text::NewOrder) kind=ButtonKind::Primary size=ButtonSize::Wide
                            on_press=move |()| put.run(None) test_id="choose-new-order" />
                    </li>
                    {move || drafts.get().into_iter().map(choice).collect_view()}
                </ul>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_guide_go_where_they_went_before_and_to_no_other_draft_unasked() {
        let draft = |number: u8| (DocumentId::mint(0, [number; 10]), Title::default());
        let drafts = [draft(1), draft(2)];
        assert_eq!(
            target(&[], Some(drafts[0].0)),
            Target::New,
            "what it was is sent, or somebody else's"
        );
        assert_eq!(target(&drafts, None), Target::Ask);
        assert_eq!(
            target(&drafts, Some(drafts[1].0)),
            Target::Known(drafts[1].0, Title::default())
        );
        assert_eq!(target(&drafts[..1], Some(drafts[1].0)), Target::Ask);
    }
}
