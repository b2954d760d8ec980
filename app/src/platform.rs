//! The browser's edge: the only modules that call JavaScript. Errors are values, nothing panics.
