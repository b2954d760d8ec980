use std::sync::Arc;

/// The source of the time: the system's clock, or a clock that a test sets.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The system's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the edge: everything else is given the time")]
    pub fn system() -> Self {
        Self(Arc::new(|| jiff::Timestamp::now().as_millisecond()))
    }

    /// A clock that returns milliseconds since the Unix epoch.
    #[must_use]
    pub fn of(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}
