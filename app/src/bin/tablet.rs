//! Mounts the tablets' app.

use calloff_app::platform::page;
use calloff_app::tablet::app::App;

fn main() {
    page::mount(App);
}
