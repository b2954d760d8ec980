//! The title of an order, on every page.

use calloff_core::order::OrderState;

use crate::i18n::{I18n, Text};
use crate::tablet::model::home::{Reading, Title, title};
use crate::tablet::state::tablet::ThisTablet;

/// The most names in a title, because one line of a phone holds no more.
const MOST_NAMES: usize = 2;

/// The order's name. Without one, its suppliers: "Pailwright, Scrubwick +1".
#[must_use]
pub fn title_words(i18n: I18n, title: &Title) -> String {
    if !title.name.is_empty() {
        return title.name.clone();
    }
    let first: Vec<_> = title.suppliers.iter().take(MOST_NAMES).cloned().collect();
    let more = title.suppliers.len() - first.len();
    match (first.is_empty(), more) {
        (true, _) => i18n.t(Text::Order)().to_owned(),
        (false, 0) => first.join(", "),
        (false, more) => i18n.fill(
            Text::SuppliersMore,
            &[("first", &first.join(", ")), ("count", &more.to_string())],
        ),
    }
}

/// The title of an order now, as the tablet resolves it.
#[must_use]
pub fn title_of(tablet: ThisTablet, order: &OrderState) -> Title {
    reading(tablet, |reading| title(order, reading))
}

/// Calls `read` with the person, the day and the prices for which the tablet lists its orders.
pub fn reading<T>(tablet: ThisTablet, read: impl FnOnce(Reading<'_>) -> T) -> T {
    let person = tablet.person_name();
    let release = tablet.catalogue.release();
    let resolved = release.as_ref().map(|release| tablet.resolved_for(release));
    let remaining = release.as_ref().map(|release| tablet.remaining(release)).unwrap_or_default();
    let prices = release
        .as_ref()
        .zip(resolved)
        .map(|(release, resolved)| (&release.catalogue, resolved, &remaining));
    let today =
        resolved.map_or_else(crate::tablet::state::releases::today, |resolved| resolved.order_date);
    read(Reading { person: &person, today, prices })
}
