//! Facts as names and values, in the list of a page about one thing.

use leptos::prelude::*;

use crate::i18n::{I18n, Text};

/// Draws one fact: its name, the identifier for tests, and its value. It belongs into a
/// `<dl class="order-facts">`.
pub fn fact_in(i18n: I18n) -> impl Fn(Text, &'static str, AnyView) -> AnyView + Copy {
    move |name, test_id, value| {
        view! {
            <div>
                <dt>{i18n.t(name)}</dt>
                <dd data-testid=test_id>{value}</dd>
            </div>
        }
        .into_any()
    }
}
