//! New versions of the app. One is fetched while people work, and waits until somebody asks for it
//! or every tab is closed: what was not sent is on the disk, and goes out from there by whichever
//! version runs then.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::notices::{Notice, Notices, Tone};
use crate::i18n::Text;
use crate::platform::service_worker::ServiceWorker;

/// A browser looks for a new version when a page is opened, and a tablet may stand open for weeks.
const LOOK_MS: u32 = 60 * 60 * 1000;

/// The app's own version, and the one that waits.
#[derive(Clone, Copy)]
pub struct Updates {
    worker: StoredValue<Option<ServiceWorker>, LocalStorage>,
    is_waiting: RwSignal<bool>,
    notices: Notices,
}

impl Updates {
    #[must_use]
    pub fn new(notices: Notices) -> Self {
        Self { worker: StoredValue::new_local(None), is_waiting: RwSignal::new(false), notices }
    }

    /// Whether a new version is here and waits.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        self.is_waiting.get()
    }

    /// Makes later starts independent of the network, and from now on looks for new versions.
    pub async fn begin(self) {
        let worker = match ServiceWorker::register().await {
            Ok(worker) => worker,
            Err(error) => {
                leptos::logging::warn!("{error}");
                self.notices.show(Notice::new(Tone::Caution, Text::NoOfflineStart));
                return;
            }
        };
        self.worker.set_value(Some(worker.clone()));
        worker
            .on_update(move || {
                self.is_waiting.set(true);
                let notice = Notice::new(Tone::Informative, Text::UpdateWaiting);
                self.notices.show(notice.action(Text::UpdateNow, move || self.apply()));
            })
            .forever();
        Interval::new(LOOK_MS, move || self.look()).forget();
    }

    /// Asks the server whether there is a new version; it is fetched and then waits.
    pub fn look(self) {
        let Some(worker) = self.worker.get_value() else { return };
        spawn_local(async move {
            // Without a network there is nothing to be found; the next look finds it.
            if let Err(error) = worker.look_for_update().await {
                leptos::logging::log!("{error}");
            }
        });
    }

    /// Lets the version that waits take over, which loads this page anew.
    pub fn apply(self) {
        let applied =
            self.worker.with_value(|worker| worker.as_ref().map(ServiceWorker::apply_update));
        if let Some(Err(error)) = applied {
            leptos::logging::warn!("{error}");
            self.notices.show(
                Notice::new(Tone::Caution, Text::NotDone).with_text("reason", Text::UpdateFailed),
            );
        }
    }
}

/// Updates of this app. Panics outside of the app, which provides them at its root.
#[must_use]
pub fn use_updates() -> Updates {
    expect_context()
}
