//! Mappings: TOML files that say which column of a file is what.
//!
//! `mappings/va-fss.toml` and `mappings/va-sites.toml` are documented examples. An unknown key is
//! an error, so that a misspelt one is not silently without effect.

use std::collections::BTreeMap;
use std::path::Path;

use calloff_core::ids::{IdError, LocationId, PersonId};
use calloff_core::money::{Currency, MoneyError};
use calloff_core::unit::{Unit, UnitError};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::text::Charset;

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It is not there, or may not be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, or with keys or values that no mapping has.
    #[error("{path}: {reason}")]
    Syntax {
        /// Which file.
        path: String,
        /// What the parser said, with the line.
        reason: String,
    },
    /// No shape of dates.
    #[error("`formats.dates` names no shape: add one such as \"%m/%d/%Y\"")]
    NoDateShape,
    /// A shape of dates that means nothing.
    #[error(
        "`formats.dates` holds {0:?}, which is no shape of dates; shapes look like \"%m/%d/%Y\""
    )]
    BadDateShape(String),
    /// One sign for both.
    #[error("`formats` has {0:?} both as decimal sign and between thousands")]
    SameSeparators(char),
    /// A field without a column.
    #[error("`columns.{0}` names no column")]
    NoColumn(&'static str),
    /// Not positive.
    #[error("`constants.content` is {0}; one orderable unit holds more than nothing")]
    Content(Decimal),
    /// A wrong unit.
    #[error("`constants.unit`: {0}")]
    Unit(#[from] UnitError),
    /// A wrong currency.
    #[error("`currency`: {0}")]
    Currency(#[from] MoneyError),
    /// A wrong identifier.
    #[error("an identifier: {0}")]
    Id(#[from] IdError),
    /// No such time zone.
    #[error(
        "`groups.{group}.time_zone` is {zone:?}, which is no IANA time zone such as \"America/New_York\""
    )]
    TimeZone {
        /// Of which group.
        group: String,
        /// What stands there.
        zone: String,
    },
}

/// The headers under which a field may stand: files rename their columns from month to month. The
/// one with something in it counts; a file with several of them filled is refused. `Price#2` is the
/// second of several columns `Price`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Headers(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Headers {
    fn from(headers: OneOrMany) -> Self {
        Self(match headers {
            OneOrMany::One(header) => vec![header],
            OneOrMany::Many(headers) => headers,
        })
    }
}

/// How a price list is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListMapping {
    /// What the file is, as files go.
    #[serde(default)]
    pub file: FileFormat,
    /// Which column is what.
    pub columns: PriceListColumns,
    /// How values are written.
    pub formats: Formats,
    /// What the file does not say.
    pub constants: PriceListConstants,
}

/// What a file is, as files go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFormat {
    /// Its encoding; found out where it is not given.
    #[serde(default)]
    pub encoding: Charset,
    /// What stands between cells; found out where it is not given.
    #[serde(default)]
    pub delimiter: Option<char>,
}

/// Which column is what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListColumns {
    /// The contract's number.
    pub contract: Headers,
    /// The supplier's name, which is also its identifier, as the list has none.
    pub supplier: Headers,
    /// The first day of the contract.
    pub contract_start: Headers,
    /// The last day of the contract; an empty cell is open.
    pub contract_end: Headers,
    /// The organisation's item number.
    pub item: Headers,
    /// What the item is.
    pub description: Headers,
    /// The price of one orderable unit.
    pub price: Headers,
    /// The first day of the price.
    pub price_start: Headers,
    /// The last day of the price; an empty cell is open.
    pub price_end: Headers,
    /// What, within a contract, makes a line: the columns whose cells form the line's identifier,
    /// joined by `/`.
    pub line: Vec<Headers>,
    /// The trade name.
    #[serde(default)]
    pub brand: Option<Headers>,
    /// The package in words.
    #[serde(default)]
    pub package: Option<Headers>,
    /// The code of the item's class.
    #[serde(default)]
    pub category: Option<Headers>,
    /// The number under which the supplier knows the item.
    #[serde(default)]
    pub supplier_item_number: Option<Headers>,
    /// The orderable unit, where it differs from row to row.
    #[serde(default)]
    pub unit: Option<Headers>,
    /// How many base units one orderable unit holds, where it differs from row to row.
    #[serde(default)]
    pub content: Option<Headers>,
    /// The currency of the price, which must be the mapping's: rows in another one are refused.
    #[serde(default)]
    pub currency: Option<Headers>,
}

/// How values are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formats {
    /// Shapes of dates (`%Y` year, `%y` year of two digits, `%m` month, `%b` its name, `%d` day),
    /// tried in this order.
    pub dates: Vec<String>,
    /// What stands before decimals.
    #[serde(default = "point")]
    pub decimal_separator: char,
    /// What stands between thousands.
    #[serde(default = "comma")]
    pub thousands_separator: char,
    /// What may stand before or after an amount: signs and codes of the mapping's currency. A known
    /// sign of another one is refused.
    #[serde(default = "dollar")]
    pub currency_symbols: Vec<String>,
    /// Cells that say nothing, besides empty ones; case does not matter.
    #[serde(default = "not_available")]
    pub empty: Vec<String>,
    /// The shape of item numbers, `#` for a digit: others are doubted (perhaps they lost leading
    /// zeros).
    #[serde(default)]
    pub item_number: Option<String>,
}

fn point() -> char {
    '.'
}

fn comma() -> char {
    ','
}

fn dollar() -> Vec<String> {
    vec!["$".to_owned()]
}

fn not_available() -> Vec<String> {
    vec!["N/A".to_owned()]
}

impl Default for Formats {
    fn default() -> Self {
        Self {
            dates: vec!["%Y-%m-%d".to_owned()],
            decimal_separator: point(),
            thousands_separator: comma(),
            currency_symbols: dollar(),
            empty: not_available(),
            item_number: None,
        }
    }
}

/// What a price list does not say of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListConstants {
    /// The node of the location tree whose sites may order: the contracts' scope.
    pub location: LocationId,
    /// The currency of every price.
    pub currency: Currency,
    /// The orderable unit and the item's base unit.
    pub unit: Unit,
    /// How many base units one orderable unit holds.
    pub content: Decimal,
    /// Whether parts of an orderable unit can be ordered; where it is left out, the unit decides:
    /// parts of kilograms and litres, not of packages and pieces.
    #[serde(default)]
    pub divisible: Option<bool>,
    /// The name of the scheme of classes.
    #[serde(default)]
    pub category_scheme: Option<String>,
    /// Who is accountable for the contracts; `--owner` says otherwise.
    #[serde(default)]
    pub owner: Option<PersonId>,
}

/// How a list of sites is read: a JSON object of groups (states, regions), each an array of
/// objects, one a site; or a table (CSV) with a column for each of [`SiteFields`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitesMapping {
    /// What the file is, as files go.
    #[serde(default)]
    pub file: FileFormat,
    /// The organisation: the node above all.
    pub root: Node,
    /// Which member of a site's object is what.
    pub fields: SiteFields,
    /// What makes a site a child of another.
    #[serde(default)]
    pub hierarchy: Hierarchy,
    /// What all sites have.
    pub site: SiteConstants,
    /// The groups, by their key in the file.
    pub groups: BTreeMap<String, Group>,
}

/// A node of the tree that the mapping names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its identifier.
    pub id: LocationId,
    /// Its name.
    pub name: String,
}

/// Which member of a site's object, or which column of a table, is what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFields {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// In a table, the key of its group; an object of groups says that by where the site stands.
    #[serde(default = "group")]
    pub group: String,
}

fn group() -> String {
    "group".to_owned()
}

/// What makes a site a child of another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hierarchy {
    /// A site whose identifier is longer stands below the site whose identifier is its first so
    /// many characters, where there is one; else below its group.
    #[serde(default)]
    pub parent_id_length: Option<usize>,
}

/// What all sites have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConstants {
    /// The currency that sites account in.
    pub currency: Currency,
}

/// A group of sites.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The identifier of its node; it must not be a site's.
    pub id: LocationId,
    /// Its name.
    pub name: String,
    /// The IANA time zone of its sites.
    pub time_zone: String,
}

/// Reads a mapping for price lists.
///
/// # Errors
/// [`MappingError`], with the file and the line.
pub fn price_list(path: &Path) -> Result<PriceListMapping, MappingError> {
    parse_price_list(&read(path)?, &path.display().to_string())
}

/// Reads a mapping for price lists from its text; `name` is what errors call it.
///
/// # Errors
/// [`MappingError`].
pub fn parse_price_list(text: &str, name: &str) -> Result<PriceListMapping, MappingError> {
    let mapping: PriceListMapping = parse(text, name)?;
    mapping.formats.check()?;
    if mapping.columns.line.is_empty() {
        return Err(MappingError::NoColumn("line"));
    }
    if let Some((field, _)) =
        mapping.columns.all().into_iter().find(|(_, headers)| headers.0.is_empty())
    {
        return Err(MappingError::NoColumn(field));
    }
    if mapping.constants.content <= Decimal::ZERO {
        return Err(MappingError::Content(mapping.constants.content));
    }
    Ok(mapping)
}

/// Reads a mapping for sites.
///
/// # Errors
/// [`MappingError`], with the file and the line.
pub fn sites(path: &Path) -> Result<SitesMapping, MappingError> {
    parse_sites(&read(path)?, &path.display().to_string())
}

/// Reads a mapping for sites from its text; `name` is what errors call it.
///
/// # Errors
/// [`MappingError`].
pub fn parse_sites(text: &str, name: &str) -> Result<SitesMapping, MappingError> {
    let mapping: SitesMapping = parse(text, name)?;
    for (key, group) in &mapping.groups {
        if jiff::tz::TimeZone::get(&group.time_zone).is_err() {
            return Err(MappingError::TimeZone {
                group: key.clone(),
                zone: group.time_zone.clone(),
            });
        }
    }
    Ok(mapping)
}

fn read(path: &Path) -> Result<String, MappingError> {
    std::fs::read_to_string(path)
        .map_err(|source| MappingError::File { path: path.display().to_string(), source })
}

fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, MappingError> {
    toml::from_str(text)
        .map_err(|error| MappingError::Syntax { path: name.to_owned(), reason: error.to_string() })
}

impl Formats {
    fn check(&self) -> Result<(), MappingError> {
        if self.dates.is_empty() {
            return Err(MappingError::NoDateShape);
        }
        let probe = jiff::civil::date(2025, 2, 28);
        for shape in &self.dates {
            let written = jiff::fmt::strtime::format(shape, probe).ok();
            let read =
                written.and_then(|text| calloff_core::calendar::Date::strptime(shape, text).ok());
            if read != Some(probe) {
                return Err(MappingError::BadDateShape(shape.clone()));
            }
        }
        if self.decimal_separator == self.thousands_separator {
            return Err(MappingError::SameSeparators(self.decimal_separator));
        }
        Ok(())
    }
}

impl PriceListColumns {
    /// Every field with a column, by the field's name.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, &Headers)> {
        let required = [
            ("contract", &self.contract),
            ("supplier", &self.supplier),
            ("contract_start", &self.contract_start),
            ("contract_end", &self.contract_end),
            ("item", &self.item),
            ("description", &self.description),
            ("price", &self.price),
            ("price_start", &self.price_start),
            ("price_end", &self.price_end),
        ];
        let optional = [
            ("brand", &self.brand),
            ("package", &self.package),
            ("category", &self.category),
            ("supplier_item_number", &self.supplier_item_number),
            ("unit", &self.unit),
            ("content", &self.content),
            ("currency", &self.currency),
        ];
        let optional =
            optional.into_iter().filter_map(|(name, headers)| Some((name, headers.as_ref()?)));
        required
            .into_iter()
            .chain(self.line.iter().map(|headers| ("line", headers)))
            .chain(optional)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VA_FSS: &str = include_str!("../../mappings/va-fss.toml");
    const VA_SITES: &str = include_str!("../../mappings/va-sites.toml");

    #[test]
    fn the_shipped_mappings_are_valid() {
        parse_price_list(VA_FSS, "va-fss.toml").unwrap();
        parse_sites(VA_SITES, "va-sites.toml").unwrap();
    }

    #[test]
    fn a_wrong_mapping_is_refused_with_the_key() {
        let refused = |from: &str, to: &str| {
            assert!(VA_FSS.contains(from), "{from}");
            parse_price_list(&VA_FSS.replace(from, to), "m.toml").unwrap_err().to_string()
        };
        assert!(refused("contract_start =", "contract_begin =").contains("contract_begin"));
        assert!(refused("currency = \"USD\"", "currency = \"DEM\"").contains("DEM"));
        assert!(refused("\"%m/%d/%Y\"", "\"month/day\"").contains("month/day"));
        assert!(refused("\"%m/%d/%Y\"", "").contains("dates"));
        assert!(refused("content = \"1\"", "content = \"0\"").contains("content"));
        let zone = VA_SITES.replace("America/Denver", "America/Nowhere");
        assert!(parse_sites(&zone, "m.toml").unwrap_err().to_string().contains("America/Nowhere"));
        assert!(parse_price_list(VA_SITES, "va-sites.toml").is_err());
    }
}
