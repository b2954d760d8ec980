//! Calloff core.
