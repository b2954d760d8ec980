//! The format of a file. `shared/tests/golden/README.md` explains every key. Any other key is an
//! error.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use calloff_core::contract::{ContractStatus, Preference, PriceDateBasis};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    #[serde(rename = "theme")]
    pub _theme: String,
    pub sites: Vec<String>,
    #[serde(default)]
    pub zones: BTreeMap<String, String>,
    #[serde(default)]
    pub items: BTreeMap<String, ItemGiven>,
    #[serde(default)]
    pub ask: Ask,
    pub story: Vec<Spanned<Story>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub title: String,
    pub contracts: Vec<ContractGiven>,
    #[serde(default)]
    pub source_list: Vec<RuleGiven>,
    #[serde(default)]
    pub rates: BTreeMap<String, String>,
    #[serde(default)]
    pub settled: Vec<SettledGiven>,
    #[serde(default)]
    pub ambiguous: Vec<String>,
    #[serde(default)]
    pub redundant: Vec<String>,
    #[serde(default)]
    pub ask: Ask,
    pub rows: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemGiven {
    #[serde(default = "each")]
    pub base_unit: String,
    pub category: Option<String>,
    pub gtin: Option<String>,
    #[serde(default)]
    pub substitutes: Vec<String>,
}

fn each() -> String {
    "EA".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractGiven {
    pub number: String,
    pub supplier: String,
    pub version: Option<u32>,
    pub amended_from: Option<String>,
    pub status: Option<ContractStatus>,
    pub valid: Option<String>,
    pub price_date_basis: Option<PriceDateBasis>,
    pub currency: Option<String>,
    #[serde(rename = "for")]
    pub included: Option<Vec<String>>,
    #[serde(rename = "not_for", default)]
    pub excluded: Vec<String>,
    pub priority: Option<u32>,
    pub lead_time_days: Option<u16>,
    pub delivers: Option<Vec<String>>,
    pub cut_off: Option<String>,
    #[serde(default)]
    pub holidays: BTreeMap<String, String>,
    pub offline_grace_days: Option<u16>,
    pub maximum_commitment: Option<String>,
    #[serde(default)]
    pub soft: bool,
    #[serde(default)]
    pub allotted: BTreeMap<String, String>,
    pub lines: Vec<LineGiven>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineGiven {
    pub line: Option<String>,
    pub item: String,
    pub supplier_item_number: Option<String>,
    pub unit: Option<String>,
    pub content: Option<String>,
    pub price: Option<String>,
    #[serde(default)]
    pub prices: Vec<PriceGiven>,
    pub valid: Option<String>,
    pub minimum: Option<String>,
    pub maximum: Option<String>,
    pub increment: Option<String>,
    pub divisible: Option<bool>,
    pub lead_time_days: Option<u16>,
    pub delivers: Option<Vec<String>>,
    pub cut_off: Option<String>,
    #[serde(default)]
    pub holidays: BTreeMap<String, String>,
    pub offline_grace_days: Option<u16>,
    pub maximum_commitment: Option<String>,
    #[serde(default)]
    pub soft: bool,
    #[serde(default)]
    pub allotted: BTreeMap<String, String>,
    #[serde(rename = "for")]
    pub included: Option<Vec<String>>,
    #[serde(rename = "not_for", default)]
    pub excluded: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceGiven {
    pub price: String,
    pub from: Option<String>,
    pub per: Option<String>,
    pub valid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleGiven {
    pub item: Option<String>,
    pub category: Option<String>,
    pub supplier: String,
    pub at: String,
    pub is: Preference,
    pub valid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledGiven {
    pub winner: String,
    pub loser: String,
}

/// The question of a row. A key of the row goes before the key of its story, and that before the
/// key of the file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub item: Option<String>,
    pub quantity: Option<String>,
    pub site: Option<String>,
    pub ordered: Option<String>,
    pub wanted: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub why: String,
    // The question, where it differs from the story.
    pub item: Option<String>,
    pub quantity: Option<String>,
    pub site: Option<String>,
    pub ordered: Option<String>,
    pub wanted: Option<String>,
    #[serde(default)]
    pub left: BTreeMap<String, String>,
    // The expected answer.
    pub expect: String,
    pub supplies: Option<String>,
    pub orders: Option<String>,
    pub price: Option<String>,
    pub costs: Option<String>,
    pub delivered: Option<String>,
    pub adjusted: Option<String>,
    pub remains: Option<String>,
    pub ranks: Option<Vec<String>>,
    pub out: Option<BTreeMap<String, String>>,
    // The expected answer of the server that receives the order.
    pub superseded: Option<String>,
    pub received: Option<String>,
    pub answer: Option<String>,
}
