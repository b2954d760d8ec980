//! Named places at which a test stops the server to kill it.
//!
//! They exist only with the feature `failpoints` and debug assertions; a release build never has
//! them. An environment variable names one place, such as `CALLOFF_FAILPOINT=before_commit`, or
//! `before_commit:3` for the third time that it is reached. The thread that reaches the place says
//! so on standard output and waits there. The test then sends SIGKILL.

/// Stops here when the environment variable names this place.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(all(feature = "failpoints", debug_assertions))]
        $crate::failpoint::reach($name);
    };
}
pub(crate) use failpoint;

/// Returns `$broken` when the environment asks the server to break a promise
/// (`CALLOFF_SABOTAGE=acknowledge_first`). With it, a test checks that it notices a broken promise.
/// It exists only where failpoints exist.
macro_rules! sabotage {
    ($name:literal, $broken:expr) => {
        #[cfg(all(feature = "failpoints", debug_assertions))]
        if std::env::var("CALLOFF_SABOTAGE").is_ok_and(|wanted| wanted == $name) {
            return $broken;
        }
    };
}
pub(crate) use sabotage;

/// The environment variable that names a place.
#[cfg(all(feature = "failpoints", debug_assertions))]
const VARIABLE: &str = "CALLOFF_FAILPOINT";

#[cfg(all(feature = "failpoints", debug_assertions))]
pub(crate) fn reach(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var(VARIABLE) else { return };
    let (place, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if place == name && (REACHED.fetch_add(1, Ordering::SeqCst) + 1).to_string() == time {
        println!("failpoint {name}");
        loop {
            std::thread::park();
        }
    }
}
