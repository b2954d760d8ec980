//! Reads the files of other systems: price lists and site lists. A mapping says what each column
//! means.
//!
//! A file goes through these modules. [`text`] turns bytes into text, whatever program wrote them.
//! [`table`] turns text into rows under a header, with the help of [`records`]. [`cell`] turns
//! cells into dates, amounts and text, and [`spelling`] finds what spreadsheets do to identifiers.
//! The result is a [`price_list::PriceList`] or [`sites::SiteTree`], with a
//! [`report::ImportReport`] of every doubtful or refused row.
//!
//! Files that Calloff writes for spreadsheets go through [`csv_file`]. [`amend`] plans what a list
//! changes in a contract, and [`items`] what it changes in the items. [`leaving`] lists what
//! belongs to sites that a list leaves out. [`mod@difference`] puts changes into words.
//! [`contracts`] is Calloff's own format, read by [`json`].
//!
//! All of this is pure, except [`import`], which reads the file and changes the store in one
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
use report::ImportReport;

use crate::words::counted;

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file does not exist or cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is larger than an import allows.
    #[error("{path} has {bytes} bytes; an import may have {limit}: split the file")]
    TooLarge {
        /// The path of the file.
        path: String,
        /// The size of the file, in bytes.
        bytes: u64,
        /// The largest allowed size, in bytes.
        limit: u64,
    },
    /// The bytes are not text.
    #[error("the file cannot be read: {0}")]
    Text(#[from] text::TextError),
    /// The mapping itself is wrong.
    #[error("the mapping cannot be used: {0}")]
    Mapping(#[from] mapping::MappingError),
    /// The rows are not under the header that the mapping expects.
    #[error("the file does not fit the mapping: {0}")]
    Table(#[from] table::TableError),
    /// The site list has another structure.
    #[error("the site list cannot be read: {0}")]
    Sites(#[from] sites::SitesError),
    /// The file contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// The list would change something that needs a person's consent.
    #[error("the list was not imported:\n{0}")]
    Obstacles(Box<Obstacles>),
    /// The list leaves out sites of the location tree.
    #[error(
        "{} would leave the tree or become a group, and nothing was imported:\n{}\nGive --missing \
         end if they leave: their orders stay findable at head office, their tablets say that the \
         site has left and keep what was written, their unused enrolment codes end. Give --missing \
         keep if they stay",
        counted(.0.len(), "site or group", "sites or groups"),
        .0.iter().map(|leaving| format!("  {leaving}")).collect::<Vec<_>>().join("\n")
    )]
    SitesLeave(Vec<Leaving>),
    /// Some rows cannot be read.
    #[error(
        "{} refused, and nothing was imported: correct this, or import the others with \
         --skip-bad-rows",
        counted(.0.refused_rows(), "row was", "rows were")
    )]
    RowsRefused(Box<ImportReport>),
    /// A file of contracts cannot be read, or contradicts what is stored.
    #[error(
        "{} found, and nothing was imported: correct the file and import it again",
        counted(.0.count(), "problem was", "problems were")
    )]
    Refused(Box<json::Problems>),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
}

/// What a price list must not do without a person's consent: all of it at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Obstacles {
    /// The obstacles for contracts.
    pub contracts: Vec<amend::Obstacle>,
    /// The obstacles for items.
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
