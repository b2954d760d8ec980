//! An answer of the server that stays up to date. The app asks again when the question changes,
//! when the server says that something changed, and after a failed attempt.

use std::pin::Pin;
use std::sync::Arc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::session::Desk;
use crate::platform::clock;
use crate::platform::http::HttpError;

/// The pause before the app asks again about changes during a request. A burst of changes then
/// causes one request.
const PAUSE_MS: u32 = 300;
/// The pause before the app repeats a request that failed.
const RETRY_MS: u32 = 5_000;

/// A request on its way.
pub type Asking<T> = Pin<Box<dyn Future<Output = Result<T, HttpError>>>>;

/// The known answer to a question, for a screen.
#[derive(Debug)]
pub struct Shown<T> {
    /// The last answer to this question. `None` before the first one.
    pub value: Option<Arc<T>>,
    /// When the answer arrived, in milliseconds since the Unix epoch.
    pub as_of: i64,
    /// Why there is no newer answer. `None` after a successful request.
    pub problem: Option<HttpError>,
}

impl<T> Clone for Shown<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), as_of: self.as_of, problem: self.problem.clone() }
    }
}

impl<T> PartialEq for Shown<T> {
    /// Compares the values by identity, because each answer is a new value.
    fn eq(&self, other: &Self) -> bool {
        let same_value = match (&self.value, &other.value) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_value && self.as_of == other.as_of && self.problem == other.problem
    }
}

/// An answer. Two values are equal only if they are the very same answer, so that a long list is
/// not compared row by row.
#[derive(Debug)]
pub struct Answer<T>(pub Arc<T>);

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Answer<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The last answer and the last failure, each with its question.
#[derive(Debug)]
struct Known<K, T> {
    answer: Option<(K, Arc<T>, i64)>,
    problem: Option<(K, HttpError)>,
}

impl<K: PartialEq, T> Known<K, T> {
    fn take(&mut self, question: K, result: Result<T, HttpError>, now: i64) {
        match result {
            Ok(value) => {
                self.answer = Some((question, Arc::new(value), now));
                self.problem = None;
            }
            Err(error) => self.problem = Some((question, error)),
        }
    }

    /// Shows only answers and failures that belong to `question`.
    fn shown(&self, question: &K) -> Shown<T> {
        let answer = self.answer.as_ref().filter(|(asked, ..)| asked == question);
        Shown {
            value: answer.map(|(_, value, _)| Arc::clone(value)),
            as_of: answer.map_or(0, |(.., as_of)| *as_of),
            problem: self
                .problem
                .as_ref()
                .filter(|(asked, _)| asked == question)
                .map(|(_, error)| error.clone()),
        }
    }
}

/// A question and what is known of its answer.
pub struct Live<K: Send + Sync + 'static, T: Send + Sync + 'static> {
    desk: Desk,
    question: Memo<K>,
    ask: fn(K) -> Asking<T>,
    known: RwSignal<Known<K, T>>,
    /// The question on its way. `None` if the app waits for no answer.
    running: RwSignal<Option<K>>,
    /// Whether something changed since the question was sent.
    again: StoredValue<bool>,
    /// The known answer to the present question.
    pub shown: Memo<Shown<T>>,
    pub is_busy: Signal<bool>,
}

impl<K: Send + Sync, T: Send + Sync> Clone for Live<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Send + Sync, T: Send + Sync> Copy for Live<K, T> {}

impl<K, T> Live<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    /// Asks now, and again whenever there is a reason, until the person leaves the page.
    #[must_use]
    pub fn new(desk: Desk, question: Memo<K>, ask: fn(K) -> Asking<T>) -> Self {
        let known = RwSignal::new(Known { answer: None, problem: None });
        let running = RwSignal::new(None);
        let live = Self {
            desk,
            question,
            ask,
            known,
            running,
            again: StoredValue::new(false),
            shown: Memo::new(move |_| {
                known.with(|known| question.with(|question| known.shown(question)))
            }),
            is_busy: Signal::derive(move || running.with(Option::is_some)),
        };
        Effect::new(move |_| {
            question.track();
            desk.news();
            live.request();
        });
        live
    }

    /// Asks now. If this question is on its way, asks once more after its answer. After the person
    /// left the page, it does nothing.
    pub fn request(self) {
        let Some(question) = self.question.try_get_untracked() else { return };
        if self.running.with_untracked(|running| running.as_ref() == Some(&question)) {
            self.again.set_value(true);
            return;
        }
        self.again.set_value(false);
        self.running.set(Some(question.clone()));
        spawn_local(async move {
            let result = (self.ask)(question.clone()).await;
            // The answer is dropped if another question was asked since, or the person left the
            // page.
            if self.running.try_with_untracked(|running| running.as_ref() == Some(&question))
                == Some(true)
            {
                self.running.set(None);
                self.settle(question, result).await;
            }
        });
    }

    /// Takes an answer that came another way: what the server said after a change. An answer on its
    /// way may be older, so the app then asks once more. After the person left the page, it does
    /// nothing.
    pub fn put(self, value: T) {
        let Some(question) = self.question.try_get_untracked() else { return };
        self.known.update(|known| known.take(question, Ok(value), clock::now_ms()));
        if self.running.with_untracked(Option::is_some) {
            self.again.set_value(true);
        }
    }

    async fn settle(self, question: K, result: Result<T, HttpError>) {
        let may_pass = result.as_ref().is_err_and(may_pass);
        if let Err(error) = &result {
            self.desk.note_failure(error);
        }
        self.known.update(|known| known.take(question.clone(), result, clock::now_ms()));
        let changed_meanwhile = self.again.get_value();
        if may_pass || changed_meanwhile {
            TimeoutFuture::new(if may_pass { RETRY_MS } else { PAUSE_MS }).await;
            let is_wanted = self.question.try_with_untracked(|now| *now == question) == Some(true);
            if is_wanted && self.running.try_with_untracked(Option::is_none) == Some(true) {
                self.request();
            }
        }
    }
}

/// Whether the same question may get an answer later. "There is no such order" is an answer.
fn may_pass(error: &HttpError) -> bool {
    match error {
        HttpError::Offline(_) | HttpError::Timeout(_) => true,
        HttpError::Status { status, .. } => *status >= 500 || *status == 429,
        HttpError::Decode(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline() -> HttpError {
        HttpError::Offline(String::new())
    }

    #[test]
    fn only_what_may_pass_is_asked_again_by_itself() {
        let status = |status| HttpError::Status { status, problem: None };
        assert!([offline(), status(503), status(429)].iter().all(may_pass));
        assert!(![status(404), status(403), HttpError::Decode(String::new())].iter().any(may_pass));
    }

    fn known() -> Known<&'static str, u32> {
        Known { answer: None, problem: None }
    }

    #[test]
    fn the_last_answer_stays_with_its_time_while_the_server_is_away() {
        let mut known = known();
        known.take("north", Ok(7), 100);
        known.take("north", Err(offline()), 200);
        let shown = known.shown(&"north");
        assert_eq!(
            (shown.value.as_deref(), shown.as_of, shown.problem),
            (Some(&7), 100, Some(offline()))
        );
        known.take("north", Ok(8), 300);
        let shown = known.shown(&"north");
        assert_eq!((shown.value.as_deref(), shown.as_of, shown.problem), (Some(&8), 300, None));
    }

    #[test]
    fn an_answer_or_failure_of_another_question_is_not_shown() {
        let mut known = known();
        known.take("north", Ok(7), 100);
        known.take("south", Err(offline()), 200);
        assert_eq!(known.shown(&"south").value, None);
        assert_eq!(known.shown(&"south").problem, Some(offline()));
        assert_eq!(known.shown(&"north").problem, None);
        assert_eq!(known.shown(&"north").value.as_deref(), Some(&7));
    }
}
