//! What pages are made of. A component takes props, signals and callbacks and does no I/O. The only context that one may
//! read is the language, by which money, dates and quantities are written.
//! Its style stands in `style/components/` under its own name.

pub mod async_view;
pub mod button;
pub mod combobox;
pub mod count_entry;
pub mod data_table;
pub mod date;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod money;
pub mod notice;
pub mod number_pad;
pub mod pin_pad;
pub mod quantity;
pub mod state_views;
pub mod status;
pub mod tone;

pub use async_view::{AsyncView, Stage};
pub use button::{Button, ButtonKind};
pub use combobox::Combobox;
pub use data_table::{Column, DataTable, Direction, Sort};
pub use date::{DateText, Moment, written_date, written_instant};
pub use dialog::Dialog;
pub use field::{Field, FieldKind};
pub use icon::{Icon, IconName};
pub use money::{MoneyText, PriceText, TotalsText};
pub use notice::Notice;
pub use number_pad::{NumberPad, PadLabels};
pub use pin_pad::{PinLabels, PinPad};
pub use quantity::QuantityText;
pub use state_views::{EmptyView, ErrorView, LoadingView};
pub use status::StatusBadge;
pub use tone::Tone;
