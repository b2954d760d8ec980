//! The body of a page with one list, or one thing, that stays up to date.

use leptos::prelude::*;

use super::problem::{Problem, problem, stage};
use crate::components::{AsyncView, Field, Stage};
use crate::desk::state::live::{Answer, Live};
use crate::i18n::{Text, use_i18n};

/// The words for the stages in which a page shows nothing yet.
#[derive(Debug, Clone, Copy)]
pub struct ListWords {
    /// What is being fetched.
    pub loading: Text,
    /// The title and the advice of an empty list, or for a thing that does not exist.
    pub none: (Text, Text),
    /// Which people may read it.
    pub readers: Text,
}

/// The search of a list.
#[derive(Debug, Clone, Copy)]
pub struct ListSearch {
    pub label: Text,
    pub typed: RwSignal<String>,
    /// Whether no row matches.
    pub is_without_match: Signal<bool>,
    /// The identifier of the field, also in tests.
    pub id: &'static str,
}

/// A list, from its first request to its rows, which are the children. It fetches the list again
/// when the server says that something changed, and says why it cannot.
#[component]
pub fn LiveList<K, T>(
    list: Live<K, T>,
    is_empty: fn(&T) -> bool,
    words: ListWords,
    #[prop(optional)] search: Option<ListSearch>,
    /// Whether the children stay on the screen while the answer to another question is fetched.
    /// They then show the last answer ([`last_answer`]).
    #[prop(optional)]
    keeps: bool,
    children: ChildrenFn,
) -> impl IntoView
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    let i18n = use_i18n();
    let stage = Memo::new(move |before: Option<&Stage>| {
        let now = list.shown.with(|shown| stage(shown, is_empty));
        let stays = keeps && now == Stage::Loading && before == Some(&Stage::Ready);
        if stays { Stage::Ready } else { now }
    });
    let failure = move |part: fn(Problem) -> String| {
        move || {
            let error = list.shown.with(|shown| shown.problem.clone());
            let words = error.map(|error| problem(i18n, &error, words.none, words.readers));
            words.map(part).unwrap_or_default()
        }
    };
    let (none_title, none_advice) = words.none;
    view! {
        <AsyncView
            stage
            loading=i18n.t(words.loading)
            empty_title=i18n.t(none_title)
            empty_advice=i18n.t(none_advice)
            error_title=failure(|problem| problem.title)
            error_advice=failure(|problem| problem.advice)
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| list.request())
            busy=list.is_busy
        >
            {search.map(|search| view! { <Search search /> })}
            {children()}
            {search.map(|search| view! { <NoMatch search /> })}
        </AsyncView>
    }
}

/// The answer to the present question, or the one before until there is another.
pub fn last_answer<K, T>(list: Live<K, T>) -> Memo<Option<Answer<T>>>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Option<Answer<T>>>| {
        let now = list.shown.get().value.map(Answer);
        now.or_else(|| before.cloned().flatten())
    })
}

/// One thing, from its first request to what the page shows of it, which are the children.
#[component]
pub fn LiveOne<K, T>(one: Live<K, T>, words: ListWords, children: ChildrenFn) -> impl IntoView
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    view! { <LiveList list=one is_empty=|_| false words>{children()}</LiveList> }
}

#[component]
fn Search(search: ListSearch) -> impl IntoView {
    let ListSearch { label, typed, id, .. } = search;
    view! {
        <div class="list-search">
            <Field
                id
                label=use_i18n().t(label)
                value=typed
                on_input=Callback::new(move |text| typed.set(text))
                test_id=id
            />
        </div>
    }
}

#[component]
fn NoMatch(search: ListSearch) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let is_shown = search.is_without_match.get();
        is_shown.then(|| view! { <p class="muted">{i18n.t(Text::FilterNoMatch)}</p> })
    }
}
