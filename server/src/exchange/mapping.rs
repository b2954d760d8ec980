//! Mappings: TOML files that say what each column of a file means.
//!
//! `mappings/va-fss.toml` and `mappings/va-sites.toml` are documented examples. An unknown key is
//! an error, so that a misspelt key is noticed.

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
    /// The mapping does not exist or cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is not TOML, or has keys or values that no mapping has.
    #[error("{path}: {reason}")]
    Syntax {
        /// The path of the file.
        path: String,
        /// The error of the parser, with the line.
        reason: String,
    },
    /// There is no format of dates.
    #[error("`formats.dates` is empty: add a format such as \"%m/%d/%Y\"")]
    NoDateShape,
    /// A format of dates cannot be used.
    #[error(
        "`formats.dates` has {0:?}, which is not a format of dates; formats look like \"%m/%d/%Y\""
    )]
    BadDateShape(String),
    /// One sign is both the decimal sign and the thousands sign.
    #[error("`formats` has {0:?} both as decimal sign and between thousands")]
    SameSeparators(char),
    /// A field has no column.
    #[error("`columns.{0}` names no column")]
    NoColumn(&'static str),
    /// The content is not positive.
    #[error("`constants.content` is {0}; it must be above zero")]
    Content(Decimal),
    /// The unit is wrong.
    #[error("`constants.unit`: {0}")]
    Unit(#[from] UnitError),
    /// The currency is wrong.
    #[error("`currency`: {0}")]
    Currency(#[from] MoneyError),
    /// An identifier is wrong.
    #[error("an identifier: {0}")]
    Id(#[from] IdError),
    /// The time zone does not exist.
    #[error(
        "`groups.{group}.time_zone` is {zone:?}, which is not an IANA time zone such \
         as \"America/New_York\""
    )]
    TimeZone {
        /// The group in the mapping.
        group: String,
        /// The name that is not a time zone.
        zone: String,
    },
}

/// The possible headers of a field's column, because files rename their columns from month to
/// month. The column with cells counts. A file in which several of them have cells is refused.
/// `Price#2` is the second of several columns `Price`.
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
    /// The encoding and the delimiter of the file.
    #[serde(default)]
    pub file: FileFormat,
    /// The columns of the fields.
    pub columns: PriceListColumns,
    /// The format of the values.
    pub formats: Formats,
    /// The values that the file does not have.
    pub constants: PriceListConstants,
}

/// The encoding and the delimiter of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFormat {
    /// The encoding. If absent, it is detected.
    #[serde(default)]
    pub encoding: Charset,
    /// The character between cells. If absent, it is detected.
    #[serde(default)]
    pub delimiter: Option<char>,
}

/// The columns of the fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListColumns {
    /// The contract's number.
    pub contract: Headers,
    /// The supplier's name, which is also its identifier, as the list has none.
    pub supplier: Headers,
    /// The first day of the contract.
    pub contract_start: Headers,
    /// The last day of the contract. An empty cell means that there is no end.
    pub contract_end: Headers,
    /// The organisation's item number.
    pub item: Headers,
    /// The description of the item.
    pub description: Headers,
    /// The price of one orderable unit.
    pub price: Headers,
    /// The first day of the price.
    pub price_start: Headers,
    /// The last day of the price. An empty cell means that there is no end.
    pub price_end: Headers,
    /// The columns whose cells identify a line within a contract. The cells, joined by `/`, are the
    /// identifier of the line.
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
    /// The number that the supplier uses for the item.
    #[serde(default)]
    pub supplier_item_number: Option<Headers>,
    /// The orderable unit, when it differs from row to row.
    #[serde(default)]
    pub unit: Option<Headers>,
    /// The number of base units in one orderable unit, when it differs from row to row.
    #[serde(default)]
    pub content: Option<Headers>,
    /// The currency of the price. It must be that of the mapping; rows in another currency are
    /// refused.
    #[serde(default)]
    pub currency: Option<Headers>,
}

/// The format of the values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formats {
    /// The formats of dates (`%Y` year, `%y` year of two digits, `%m` month, `%b` its name, `%d`
    /// day), tried in this order.
    pub dates: Vec<String>,
    /// The character before decimals.
    #[serde(default = "point")]
    pub decimal_separator: char,
    /// The character between thousands.
    #[serde(default = "comma")]
    pub thousands_separator: char,
    /// Signs and codes of the mapping's currency that may be before or after an amount. A known
    /// sign of another currency is refused.
    #[serde(default = "dollar")]
    pub currency_symbols: Vec<String>,
    /// Texts that mean an empty cell. Upper and lower case do not matter.
    #[serde(default = "not_available")]
    pub empty: Vec<String>,
    /// The form of item numbers, with `#` for a digit. Other numbers are reported as doubtful,
    /// because they may have lost leading zeros.
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

/// The values that a price list does not have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListConstants {
    /// The node of the location tree whose sites may order. It becomes the scope of the contracts.
    pub location: LocationId,
    /// The currency of every price.
    pub currency: Currency,
    /// The orderable unit and the item's base unit.
    pub unit: Unit,
    /// The number of base units in one orderable unit.
    pub content: Decimal,
    /// Whether parts of an orderable unit can be ordered. If absent, the unit decides: kilograms
    /// and litres can be divided, packages and pieces cannot.
    #[serde(default)]
    pub divisible: Option<bool>,
    /// The name of the classification scheme.
    #[serde(default)]
    pub category_scheme: Option<String>,
    /// The owner of the contracts. `--owner` replaces it.
    #[serde(default)]
    pub owner: Option<PersonId>,
}

/// How a list of sites is read. It is a JSON object of groups (states, regions), each with an array
/// of objects, one for each site. Or it is a table (CSV) with a column for each of [`SiteFields`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitesMapping {
    /// The encoding and the delimiter of the file.
    #[serde(default)]
    pub file: FileFormat,
    /// The organisation, the root of the tree.
    pub root: Node,
    /// The members of a site's object.
    pub fields: SiteFields,
    /// How a site becomes the child of another site.
    #[serde(default)]
    pub hierarchy: Hierarchy,
    /// Values that all sites share.
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

/// The members of a site's object, or the columns of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFields {
    /// The member with the identifier.
    pub id: String,
    /// The member with the name.
    pub name: String,
    /// In a table, the column with the key of the group. In an object, the position of the site
    /// gives its group.
    #[serde(default = "group")]
    pub group: String,
}

fn group() -> String {
    "group".to_owned()
}

/// How a site becomes the child of another site.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hierarchy {
    /// A site with a longer identifier is below the site whose identifier is its first
    /// `parent_id_length` characters, if that site exists. Otherwise it is below its group.
    #[serde(default)]
    pub parent_id_length: Option<usize>,
}

/// Values that all sites share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConstants {
    /// The currency of the sites' accounts.
    pub currency: Currency,
}

/// A group of sites.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The identifier of its node. No site may have it.
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

/// Reads a mapping for price lists from its text. Errors call it `name`.
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

/// Reads a mapping for sites from its text. Errors call it `name`.
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
    /// Every field with a column, by the name of the field.
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
