//! Mounts the desk's app.

use calloff_app::desk::app::App;
use calloff_app::platform::page;

fn main() {
    page::mount(App);
}
