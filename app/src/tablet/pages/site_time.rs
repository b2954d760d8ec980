//! Instants by the clock of the tablet's site.

use leptos::prelude::*;

use crate::components::SiteMoment;
use crate::platform::clock::{self, Style};
use crate::tablet::state::tablet::use_tablet;

/// An instant by the site's clock, also on a device that is set to another zone. The site's zone is
/// named there.
#[component]
pub fn SiteTime(
    /// Milliseconds since the Unix epoch.
    at_ms: i64,
    #[prop(default = Style::DateTime)] style: Style,
) -> impl IntoView {
    let tablet = use_tablet();
    move || {
        let zone = tablet.site_zone();
        let (local, _) = zone.wall(at_ms);
        let name = zone.name.unwrap_or_else(clock::device_zone);
        view! { <SiteMoment at_ms local=Some(local) zone=name style /> }
    }
}
