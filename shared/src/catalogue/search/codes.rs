//! The codes of all entries, reduced to letters and digits. They are few and short, so a scan finds
//! them.

use super::fold::squeeze;
use super::vocabulary::span;
use super::{Fit, MIN_CODE_SUFFIX};

/// An entry with a code that matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeMatch {
    pub(super) entry: u32,
    pub(super) fit: Fit,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    text: String,
    ends: Vec<u32>,
    entries: Vec<u32>,
}

impl Codes {
    pub(super) fn add(&mut self, entry: u32, code: &str) {
        let before = self.text.len();
        squeeze(code, &mut self.text);
        if self.text.len() > before {
            self.ends.push(self.text.len() as u32);
            self.entries.push(entry);
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// The entries with a code that is, begins with or ends with `squeezed`, in the order of
    /// entries.
    pub(super) fn matches(&self, squeezed: &str) -> Vec<CodeMatch> {
        let may_end = squeezed.len() >= MIN_CODE_SUFFIX;
        (self.entries.iter().enumerate())
            .filter_map(|(number, &entry)| {
                let code = &self.text.as_bytes()[span(&self.ends, number)];
                let fit = if code.starts_with(squeezed.as_bytes()) {
                    if code.len() == squeezed.len() { Fit::Exact } else { Fit::CodePrefix }
                } else if may_end && code.ends_with(squeezed.as_bytes()) {
                    Fit::Infix
                } else {
                    return None;
                };
                Some(CodeMatch { entry, fit })
            })
            .collect()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.text.capacity() + (self.ends.capacity() + self.entries.capacity()) * 4
    }
}
