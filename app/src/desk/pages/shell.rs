//! The frame of head office: the person who is signed in, the links to their pages, and whether
//! changes arrive by themselves.

use calloff_core::order::OrderStage;
use calloff_core::wire::{PersonRole, Session};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::audit::AuditPage;
use super::contract::ContractPage;
use super::contracts::ContractsPage;
use super::jobs::JobsPage;
use super::order::OrderPage;
use super::orders::{OrdersPage, table_address, use_orders_query};
use super::people::{NewPersonPage, PeoplePage, PersonPage};
use super::places::PlacesPage;
use super::problem::problem;
use super::purchase_order::PurchaseOrderPage;
use super::purchase_orders::PurchaseOrdersPage;
use super::quarantine::QuarantinePage;
use super::sign_in::SignIn;
use super::suppliers::{SupplierPage, SuppliersPage};
use super::tablets::TabletsPage;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{AsyncView, Button, ButtonKind, IconName, Stage, StatusBadge, Tone};
use crate::desk::model::orders_query::OrdersQuery;
use crate::desk::routes::{Page, TABLETS_APP};
use crate::desk::state::session::{Line, Who, use_desk};
use crate::i18n::{Text, role_text, use_i18n};

/// The workspace at one of its pages. A person who is not signed in sees the sign-in form first,
/// and then the page at the address.
#[component]
pub fn DeskWorkspace(page: Memo<Page>) -> impl IntoView {
    let desk = use_desk();
    desk.restore();
    let who = move || match desk.who() {
        Who::Person(session) => view! { <SignedIn session=(*session).clone() page /> }.into_any(),
        Who::Nobody { was_signed_in } => {
            view! { <Frame><SignIn was_signed_in /></Frame> }.into_any()
        }
        Who::Checking => view! { <Frame><Undecided /></Frame> }.into_any(),
        Who::Unknown(_) => view! { <Frame><Undecided /></Frame> }.into_any(),
    };
    view! { <div class="desk" data-density="compact">{who}</div> }
}

/// The header and the page before anybody is signed in.
#[component]
fn Frame(children: Children) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <header class="app-header">
            <a class="app-brand" href=TABLETS_APP rel="external">"Calloff"</a>
            <span class="muted">{i18n.t(Text::DeskName)}</span>
        </header>
        <main id="main" class="page" tabindex="-1">{children()}</main>
    }
}

/// Shown before the server has said who is signed in, or while it cannot be reached.
#[component]
fn Undecided() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let stage =
        Signal::derive(
            move || if desk.who() == Who::Checking { Stage::Loading } else { Stage::Failed },
        );
    let words = move || match desk.who() {
        Who::Unknown(error) => {
            Some(problem(i18n, &error, (Text::ServerFailed, Text::TryAgain), Text::OrdersReaders))
        }
        Who::Checking | Who::Nobody { .. } | Who::Person(_) => None,
    };
    view! {
        <AsyncView
            stage
            loading=i18n.t(Text::SessionChecking)
            empty_title=""
            empty_advice=""
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| desk.restore())
        >
            ""
        </AsyncView>
    }
}

#[component]
fn SignedIn(session: Session, page: Memo<Page>) -> impl IntoView {
    let i18n = use_i18n();
    let content = move || match page.get() {
        Page::Orders | Page::SignIn | Page::Welcome => view! { <OrdersPage /> }.into_any(),
        Page::Order(document) => view! { <OrderPage document /> }.into_any(),
        Page::PurchaseOrders => view! { <PurchaseOrdersPage /> }.into_any(),
        Page::PurchaseOrder(number) => view! { <PurchaseOrderPage number /> }.into_any(),
        Page::Contracts => view! { <ContractsPage /> }.into_any(),
        Page::Contract(contract) => view! { <ContractPage contract /> }.into_any(),
        Page::Suppliers => view! { <SuppliersPage /> }.into_any(),
        Page::Supplier(supplier) => view! { <SupplierPage supplier /> }.into_any(),
        Page::Tablets => view! { <TabletsPage /> }.into_any(),
        Page::People => view! { <PeoplePage /> }.into_any(),
        Page::NewPerson => view! { <NewPersonPage /> }.into_any(),
        Page::Person(person) => view! { <PersonPage person /> }.into_any(),
        Page::Places => view! { <PlacesPage /> }.into_any(),
        Page::Quarantine => view! { <QuarantinePage /> }.into_any(),
        Page::Audit => view! { <AuditPage /> }.into_any(),
        Page::Jobs => view! { <JobsPage /> }.into_any(),
    };
    let query = use_orders_query();
    let is_at_exceptions = move || {
        matches!(page.get(), Page::Orders | Page::Order(_))
            && query.with(|query| query.filter.stage == Some(OrderStage::OnHold))
    };
    // A person without a link can still open the address. The page then says which people it is
    // for.
    let links = [
        (Page::Orders, Text::Orders),
        (Page::PurchaseOrders, Text::PurchaseOrders),
        (Page::Contracts, Text::Contracts),
        (Page::Suppliers, Text::Suppliers),
        (Page::Tablets, Text::Tablets),
        (Page::People, Text::People),
        (Page::Places, Text::Places),
        (Page::Quarantine, Text::Quarantine),
        (Page::Audit, Text::Audit),
        (Page::Jobs, Text::Jobs),
    ];
    let is_theirs = |page: &Page| *page == Page::Orders || may_see(&session, page);
    let links = links.into_iter().filter(|(page, _)| is_theirs(page)).map(|(target, text)| {
        let kept = target.clone();
        let current = move || {
            let is_here = match page.get() {
                Page::Orders | Page::Order(_) => kept == Page::Orders && !is_at_exceptions(),
                Page::PurchaseOrder(_) => kept == Page::PurchaseOrders,
                Page::Contract(_) => kept == Page::Contracts,
                Page::Supplier(_) => kept == Page::Suppliers,
                Page::NewPerson | Page::Person(_) => kept == Page::People,
                here => here == kept,
            };
            is_here.then_some("page")
        };
        view! { <li><a href=target.path() aria-current=current>{i18n.t(text)}</a></li> }
    });
    let mut links: Vec<_> = links.map(IntoAny::into_any).collect();
    let current = move || is_at_exceptions().then_some("page");
    let exceptions = view! {
        <li>
            <a href=table_address(&OrdersQuery::waiting()) aria-current=current data-testid="nav-exceptions">
                {i18n.t(Text::Exceptions)}
            </a>
        </li>
    };
    links.insert(1, exceptions.into_any());
    let roles =
        session.roles.iter().map(|at| role_text(at.role)).fold(Vec::new(), |mut roles, role| {
            if !roles.contains(&role) {
                roles.push(role);
            }
            roles
        });
    let roles = move || roles.iter().map(|role| i18n.t(*role)()).collect::<Vec<_>>().join(", ");
    view! {
        <header class="app-header">
            <a class="app-brand" href=Page::Orders.path()>"Calloff"</a>
            <nav class="desk-nav" aria-label=i18n.t(Text::Navigation)>
                <ul role="list">
                    {links}
                </ul>
            </nav>
            <div class="app-header-end">
                <LineBadge />
                <p class="desk-person">
                    <strong data-testid="person">{session.name}</strong>
                    <span class="muted" data-testid="roles">{roles}</span>
                </p>
                <SignOut />
            </div>
        </header>
        <main id="main" class="page page-wide" tabindex="-1">{content}</main>
    }
}

#[component]
fn LineBadge() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let badge = move || {
        let (tone, text, icon) = match desk.line() {
            Line::Live => (Tone::Positive, Text::LineLive, IconName::Online),
            Line::Connecting => (Tone::Neutral, Text::LineConnecting, IconName::Clock),
            Line::Lost => (Tone::Caution, Text::LineLost, IconName::Offline),
        };
        view! { <StatusBadge tone icon label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
    };
    view! { <span role="status" data-testid="line">{badge}</span> }
}

#[component]
fn SignOut() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let notices: Notices = expect_context();
    let busy = RwSignal::new(false);
    let navigate = use_navigate();
    let on_press = Callback::new(move |()| {
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match desk.sign_out().await {
                // The next person begins at the sign-in page, not at the page of this person.
                Ok(()) => navigate(&Page::SignIn.path(), NavigateOptions::default()),
                Err(error) => {
                    // The page is still here, because only a successful sign-out takes it away.
                    busy.set(false);
                    notices.show(
                        ShownNotice::new(Tone::Negative, Text::SignOutFailed)
                            .with_sentence("reason", &error),
                    );
                }
            }
        });
    });
    view! { <Button label=i18n.t(Text::SignOut) kind=ButtonKind::Quiet busy on_press test_id="sign-out" /> }
}

/// Whether the person's roles may read a page, as in the server's list of endpoints.
pub fn may_see(session: &Session, page: &Page) -> bool {
    let readers: &[PersonRole] = match page {
        Page::SignIn | Page::Welcome => return true,
        Page::Orders | Page::Order(_) | Page::PurchaseOrders | Page::PurchaseOrder(_) => &[
            PersonRole::Finance,
            PersonRole::Procurement,
            PersonRole::Admin,
            PersonRole::Auditor,
            PersonRole::SiteManager,
        ],
        Page::Contracts | Page::Contract(_) | Page::Suppliers | Page::Supplier(_) => {
            &[PersonRole::Procurement, PersonRole::Finance, PersonRole::Admin, PersonRole::Auditor]
        }
        Page::Tablets | Page::People | Page::Person(_) | Page::Places => {
            &[PersonRole::Admin, PersonRole::SiteManager, PersonRole::Auditor]
        }
        Page::NewPerson => &[PersonRole::Admin],
        Page::Quarantine | Page::Audit | Page::Jobs => &[PersonRole::Admin, PersonRole::Auditor],
    };
    session.roles.iter().any(|at| readers.contains(&at.role))
}
