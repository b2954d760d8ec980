//! Words that several modules say to people.

/// A number with its noun in the right form: `1 line`, `2 lines`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
