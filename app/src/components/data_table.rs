//! A table of any length. A press on a header sorts it, and only the rows in sight are drawn.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

use super::icon::{Icon, IconName};

/// The direction of sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The column by which rows are sorted, and the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort<C> {
    pub column: C,
    pub direction: Direction,
}

impl<C: Copy + PartialEq> Sort<C> {
    /// The sorting after a press on a header. The same column turns around, and another column
    /// begins ascending.
    #[must_use]
    pub fn pressed(self, column: C) -> Self {
        self.pressed_from(column, Direction::Ascending)
    }

    /// The same, but another column begins in its `first` direction.
    #[must_use]
    pub fn pressed_from(self, column: C, first: Direction) -> Self {
        let direction = match (self.column == column, self.direction) {
            (true, Direction::Ascending) => Direction::Descending,
            (true, Direction::Descending) => Direction::Ascending,
            (false, _) => first,
        };
        Self { column, direction }
    }

    /// The rows in this order. `compare` compares two rows by a column, ascending. Equal rows keep
    /// their order.
    #[must_use]
    pub fn sorted<R>(self, mut rows: Vec<R>, compare: impl Fn(&R, &R, C) -> Ordering) -> Vec<R> {
        rows.sort_by(|a, b| {
            let ordering = compare(a, b, self.column);
            match self.direction {
                Direction::Ascending => ordering,
                Direction::Descending => ordering.reverse(),
            }
        });
        rows
    }
}

/// A column's header.
#[derive(Clone)]
pub struct Column<C> {
    pub id: C,
    pub label: TextProp,
    /// The class of the column's header and cells in style sheets.
    pub class: &'static str,
}

/// The number of rows drawn above and below the rows in sight, so that scrolling and Tab find rows
/// that are already drawn.
const OVERSCAN: usize = 12;

/// The table. It keeps rows by their key: a row whose content changes is drawn anew, and the other
/// rows keep focus and place.
#[component]
pub fn DataTable<C, R, K, D, V>(
    #[prop(into)] caption: TextProp,
    columns: Vec<Column<C>>,
    #[prop(into)] sort: Signal<Sort<C>>,
    /// Called with the column of the header that was pressed.
    on_sort: Callback<C>,
    /// The rows, sorted.
    #[prop(into)]
    rows: Signal<Arc<Vec<R>>>,
    key: K,
    /// Draws the cells of a row.
    draw: D,
    /// The attribute in which each row holds its key.
    row_attribute: &'static str,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView
where
    C: Copy + PartialEq + Send + Sync + 'static,
    R: Clone + PartialEq + Send + Sync + 'static,
    K: Fn(&R) -> String + Copy + Send + Sync + 'static,
    D: Fn(R) -> V + Copy + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let scroller: NodeRef<html::Div> = NodeRef::new();
    let measures = RwSignal::new(Measures::default());
    let measure = move || {
        // The next frame may come after the table is gone.
        let element = scroller.try_get_untracked().flatten();
        if let Some((element, before)) = element.zip(measures.try_get_untracked()) {
            let next = Measures::of(&element, before);
            // Measures are set only when they differ, because setting them draws the table, and
            // drawing measures again.
            if before != next {
                measures.set(next);
            }
        }
    };
    Effect::new(move |_| {
        rows.track();
        scroller.track();
        request_animation_frame(measure);
    });
    let resize = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resize.remove());

    let count = move || rows.with(|rows| rows.len());
    let window = Memo::new(move |_| visible_rows(measures.get(), count()));
    let keys = move || rows.with(|rows| rows[window.get()].iter().map(key).collect::<Vec<_>>());
    let height = move |rows: usize| format!("{}px", rows as f64 * measures.get().row_height);

    let columns = StoredValue::new(columns);
    let header = move |column: Column<C>| {
        let direction = move || {
            let sort = sort.get();
            (sort.column == column.id).then_some(sort.direction)
        };
        let label = column.label;
        view! {
            <th scope="col" class=column.class aria-sort=move || direction().map_or("none", aria_sort)>
                <button type="button" class="table-sort" on:click=move |_| on_sort.run(column.id)>
                    <span>{move || label.get()}</span>
                    {move || view! { <Icon name=direction().map_or(IconName::SortNone, sort_icon) /> }}
                </button>
            </th>
        }
    };
    let row = move |id: String| {
        let place = {
            let id = id.clone();
            Memo::new(move |_| rows.with(|rows| rows.iter().position(|row| key(row) == id)))
        };
        let content =
            Memo::new(move |_| place.get().and_then(|at| rows.with(|rows| rows.get(at).cloned())));
        let cells = move || content.get().map(draw);
        // `aria-rowindex` counts from 1, and the header is row 1.
        let number = move || place.get().map(|at| (at + 2).to_string());
        let row = view! { <tr class="table-row" aria-rowindex=number>{cells}</tr> };
        row.add_any_attr(leptos::attr::custom::custom_attribute(row_attribute, id))
    };
    view! {
        <div class="data-table" node_ref=scroller on:scroll=move |_| measure() tabindex="-1">
            <table data-testid=test_id aria-rowcount=move || (count() + 1).to_string()>
                <caption class="visually-hidden">{move || caption.get()}</caption>
                <thead>
                    <tr>{columns.get_value().into_iter().map(header).collect_view()}</tr>
                </thead>
                <tbody>
                    <tr class="table-space" aria-hidden="true" style:height=move || height(window.get().start)><td></td></tr>
                    <For each=keys key=Clone::clone children=row />
                    <tr class="table-space" aria-hidden="true" style:height=move || height(count() - window.get().end)><td></td></tr>
                </tbody>
            </table>
        </div>
    }
}

fn aria_sort(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ascending",
        Direction::Descending => "descending",
    }
}

fn sort_icon(direction: Direction) -> IconName {
    match direction {
        Direction::Ascending => IconName::SortAscending,
        Direction::Descending => IconName::SortDescending,
    }
}

/// The measures that decide which rows are in sight, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measures {
    scrolled: f64,
    visible: f64,
    row_height: f64,
}

impl Default for Measures {
    /// A tall screen with low rows. These values count until the table is measured.
    fn default() -> Self {
        Self { scrolled: 0.0, visible: 1200.0, row_height: 36.0 }
    }
}

impl Measures {
    fn of(element: &web_sys::HtmlDivElement, before: Self) -> Self {
        let row = element.query_selector("tr.table-row").ok().flatten();
        let row_height =
            row.map(|row| row.get_bounding_client_rect().height()).filter(|height| *height >= 1.0);
        Self {
            scrolled: f64::from(element.scroll_top()),
            visible: f64::from(element.client_height()),
            row_height: row_height.unwrap_or(before.row_height),
        }
    }
}

/// The places of the rows to draw, of `count` rows: those in sight and [`OVERSCAN`] on either side.
fn visible_rows(measures: Measures, count: usize) -> Range<usize> {
    let rows = |pixels: f64| (pixels / measures.row_height).max(0.0) as usize;
    let first = rows(measures.scrolled).min(count);
    let start = first.saturating_sub(OVERSCAN);
    let end = (first + rows(measures.visible) + 1 + OVERSCAN).min(count);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(scrolled: f64) -> Measures {
        Measures { scrolled, visible: 360.0, row_height: 36.0 }
    }

    #[test]
    fn a_short_table_is_drawn_whole() {
        assert_eq!(visible_rows(at(0.0), 0), 0..0);
        assert_eq!(visible_rows(at(0.0), 5), 0..5);
    }

    #[test]
    fn of_a_long_table_only_what_is_in_sight_is_drawn() {
        assert_eq!(visible_rows(at(0.0), 1000), 0..23);
        assert_eq!(visible_rows(at(3600.0), 1000), 88..123);
        assert_eq!(visible_rows(at(36_000.0 - 360.0), 1000), 978..1000);
    }

    #[test]
    fn a_table_that_became_shorter_than_it_was_scrolled_shows_its_end() {
        assert_eq!(visible_rows(at(36_000.0), 20), 8..20);
    }
}
