//! What an order is called on every page.

use calloff_core::order::OrderState;

use crate::i18n::{I18n, Text};
use crate::tablet::model::home::{Reading, Title, title};
use crate::tablet::state::tablet::Tablet;

/// Names that stand in one line of a phone.
const MOST_NAMES: usize = 2;

/// Its name, else by whom its goods come: "Pailwright, Scrubwick +1".
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

/// What an order is called now, as the tablet resolves it.
#[must_use]
pub fn title_of(tablet: Tablet, order: &OrderState) -> Title {
    reading(tablet, |reading| title(order, reading))
}

/// For whom and when the tablet lists its orders.
pub fn reading<T>(tablet: Tablet, read: impl FnOnce(Reading<'_>) -> T) -> T {
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
