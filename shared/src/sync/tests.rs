//! Tablets and a server in one process, on real documents and the small catalogue.

mod attacks;
mod discarding;
mod enrolled_anew;
mod merging;
mod packing;
mod pulling;
mod restored;
mod settings;
mod world;
