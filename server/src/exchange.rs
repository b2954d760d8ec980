//! What other systems write: price lists and site lists, read with a mapping that says which column
//! is what.
//!
//! A file goes through [`text`] (bytes → text, whatever wrote it), [`table`] (text → rows under a
//! header, by way of [`records`]), [`cell`] (cells → dates, amounts, text) and [`spelling`] (what
//! spreadsheets do to identifiers), and ends as a [`price_list::PriceList`] or [`sites::SiteTree`]
//! with a [`report::Report`] of every row that is doubtful or refused. What Calloff writes for
//! spreadsheets goes through [`csv_file`]. [`amend`] plans what a list changes in a contract,
//! [`items`] in the items, and [`leaving`] says what hangs on sites that a list leaves out;
//! [`mod@difference`] puts changes into words. [`contracts`] is Calloff's own form, read by
//! [`json`]. All of that is pure; [`import`] reads the file and changes the store in one
//! transaction, or not at all.

pub mod amend;
pub mod cell;
pub mod contracts;
pub mod csv_file;
pub mod difference;
pub mod import;
pub mod items;
pub mod json;
pub mod leaving;
pub mod mapping;
pub mod price_list;
pub mod records;
pub mod report;
pub mod sites;
pub mod spelling;
pub mod table;
pub mod text;

use leaving::Leaving;
use report::Report;

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not there, or may not be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than an import may be.
    #[error("{path} has {bytes} bytes; an import may have {limit}: split the file")]
    TooLarge {
        /// Which file.
        path: String,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// The bytes are no text.
    #[error("the file cannot be read: {0}")]
    Text(#[from] text::TextError),
    /// The mapping is wrong in itself.
    #[error("the mapping cannot be used: {0}")]
    Mapping(#[from] mapping::MappingError),
    /// The rows do not stand under the header that the mapping expects.
    #[error("the file does not fit the mapping: {0}")]
    Table(#[from] table::TableError),
    /// The site list has another shape.
    #[error("the site list cannot be read: {0}")]
    Sites(#[from] sites::SitesError),
    /// The file does not fit what is stored.
    #[error("{0}")]
    Conflict(String),
    /// The list would take something over by itself.
    #[error("the list was not imported:\n{0}")]
    Obstacles(Box<Obstacles>),
    /// Sites would leave the tree.
    #[error(
        "{} would leave the tree, and nothing was imported:\n{}\nGive --missing end if they leave: their orders stay findable at \
         head office, their tablets say that the site has left and keep what was written, their unused enrolment codes end. Give \
         --missing keep if they stay",
        if .0.len() == 1 { "a node".to_owned() } else { format!("{} nodes", .0.len()) },
        .0.iter().map(|leaving| format!("  {leaving}")).collect::<Vec<_>>().join("\n")
    )]
    SitesLeave(Vec<Leaving>),
    /// Some rows cannot be read.
    #[error(
        "{} rows were refused, and nothing was imported: correct them, or import the others with --skip-bad-rows",
        .0.refused().count()
    )]
    RowsRefused(Box<Report>),
    /// A file of contracts that cannot be read or does not fit what is stored.
    #[error("{} problems were found, and nothing was imported: correct them and import the file again", .0.count())]
    Refused(Box<json::Problems>),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
}

/// What a price list must not do by itself: everything at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Obstacles {
    /// To contracts.
    pub contracts: Vec<amend::Obstacle>,
    /// To items.
    pub items: Vec<items::ItemObstacle>,
}

impl Obstacles {
    fn is_empty(&self) -> bool {
        self.contracts.is_empty() && self.items.is_empty()
    }
}

impl std::fmt::Display for Obstacles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let contracts = self.contracts.iter().map(ToString::to_string);
        let lines: Vec<String> =
            contracts.chain(self.items.iter().map(ToString::to_string)).collect();
        f.write_str(&lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"))
    }
}
