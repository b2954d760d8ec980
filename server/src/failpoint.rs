//! Named places at which a test stops the server to kill it.
//!
//! Compiled in with the feature `failpoints` and debug assertions only: a release build has none of
//! it, whatever is set. The environment names one place, `CALLOFF_FAILPOINT=before_commit`, with
//! `:3` the third time that it is reached. The thread that gets there says so on standard output
//! and stays there; the test then sends SIGKILL.

/// Stops here when the environment says so.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(all(feature = "failpoints", debug_assertions))]
        $crate::failpoint::reach($name);
    };
}
pub(crate) use failpoint;

/// Returns what follows where the environment asks the server to break a promise
/// (`CALLOFF_SABOTAGE=acknowledge_first`): a test sees that it would notice. Compiled in as
/// failpoints are.
macro_rules! sabotage {
    ($name:literal, $broken:expr) => {
        #[cfg(all(feature = "failpoints", debug_assertions))]
        if std::env::var("CALLOFF_SABOTAGE").is_ok_and(|wanted| wanted == $name) {
            return $broken;
        }
    };
}
pub(crate) use sabotage;

/// The variable that names a place.
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
