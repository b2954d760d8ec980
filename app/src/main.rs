//! Mounts the app, takes the boot screen of `index.html` away, and makes later starts independent of the network.

use calloff_app::app::App;
use calloff_app::platform::service_worker::ServiceWorker;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(App);
    if let Some(boot) = leptos::prelude::document().get_element_by_id("boot") {
        boot.remove();
    }
    leptos::task::spawn_local(async {
        if let Err(error) = ServiceWorker::register().await {
            leptos::logging::warn!("{error}");
        }
    });
}
