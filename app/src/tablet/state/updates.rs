//! New versions of the app. The browser fetches a new version while people work. It waits until a
//! person asks for it or every tab is closed. Unsent work is on the disk, and whichever version
//! runs next sends it.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::i18n::Text;
use crate::platform::service_worker::ServiceWorker;

/// How often the app looks for a new version. A browser looks only when a page is opened, and a
/// tablet may show one page for weeks.
const LOOK_MS: u32 = 60 * 60 * 1000;

/// The app's own version, and the version that waits.
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

    /// Whether a new version was fetched and waits.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        self.is_waiting.get()
    }

    /// Makes later starts work without a network, and looks for new versions from now on.
    pub async fn begin(self) {
        let worker = match ServiceWorker::register().await {
            Ok(worker) => worker,
            Err(error) => {
                leptos::logging::warn!("{error}");
                self.notices.show(ShownNotice::new(Tone::Caution, Text::NoOfflineStart));
                return;
            }
        };
        self.worker.set_value(Some(worker.clone()));
        worker
            .on_update(move || {
                self.is_waiting.set(true);
                let notice = ShownNotice::new(Tone::Informative, Text::UpdateWaiting);
                self.notices.show(notice.action(Text::UpdateNow, move || self.apply()));
            })
            .forever();
        Interval::new(LOOK_MS, move || self.look()).forget();
    }

    /// Asks the server for a new version. The browser fetches it, and then it waits.
    pub fn look(self) {
        let Some(worker) = self.worker.get_value() else { return };
        spawn_local(async move {
            // Without a network there is no answer. The next look asks again.
            if let Err(error) = worker.look_for_update().await {
                leptos::logging::log!("{error}");
            }
        });
    }

    /// Lets the waiting version take over. This loads the page again.
    pub fn apply(self) {
        let applied =
            self.worker.with_value(|worker| worker.as_ref().map(ServiceWorker::apply_update));
        if let Some(Err(error)) = applied {
            leptos::logging::warn!("{error}");
            self.notices.show(
                ShownNotice::new(Tone::Caution, Text::NotDone)
                    .with_text("reason", Text::UpdateFailed),
            );
        }
    }
}

/// The app's updates. Panics outside of the app, which provides them at its root.
#[must_use]
pub fn use_updates() -> Updates {
    expect_context()
}
