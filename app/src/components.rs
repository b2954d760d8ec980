//! The parts from which pages are built. A component takes props, signals and callbacks and does no
//! I/O. The only context that a component may read is the language, by which money, dates and
//! quantities are written and read. The style sheet of a component is in `style/components/`, under
//! the component's name.

pub mod async_view;
pub mod button;
pub mod combobox;
pub mod data_table;
pub mod date;
pub mod dialog;
pub mod entry;
pub mod field;
pub mod frame;
pub mod icon;
pub mod money;
pub mod not_found;
pub mod notice;
pub mod notices;
pub mod pin_pad;
pub mod quantity;
pub mod quantity_input;
pub mod state_views;
pub mod status;
pub mod tone;

pub use async_view::{AsyncView, Stage};
pub use button::{Button, ButtonKind, ButtonSize};
pub use combobox::Combobox;
pub use data_table::{Column, DataTable, Direction, Sort};
pub use date::{
    DateText, Moment, SiteMoment, offset_words, written_date, written_instant, written_local,
};
pub use dialog::Dialog;
pub use entry::{Entry, Key, Steps};
pub use field::{Field, FieldKind};
pub use icon::{Icon, IconName};
pub use money::{MoneyText, PriceText, TotalsText, written_price};
pub use notice::NoticeBox;
pub use pin_pad::{PinLabels, PinPad};
pub use quantity::QuantityText;
pub use quantity_input::{QuantityInput, problem_words};
pub use state_views::{EmptyView, ErrorView, LoadingView};
pub use status::StatusBadge;
pub use tone::Tone;
