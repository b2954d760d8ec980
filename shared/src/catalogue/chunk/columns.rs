//! Lines and items, column by column.
//!
//! Identifiers are written as what they share with the one above and the rest (front coding); decimals as mantissa and
//! scale; dates as day numbers.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ChunkError;
use crate::calendar::{Validity, date_of_day, day_number};
use crate::contract::{CatalogueLine, PriceTier, Scope};
use crate::ids::{ItemId, LineId};
use crate::item::{Category, Gtin, Item};
use crate::money::Price;
use crate::quantity::Quantity;
use crate::unit::Unit;

/// A column of texts, each as (bytes shared with the one above, the rest).
#[derive(Default, Serialize, Deserialize)]
struct Texts {
    shared: Vec<u8>,
    rest: Vec<String>,
}

impl Texts {
    fn collect<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut column = Self::default();
        let mut above = "";
        for text in texts {
            let mut shared = above.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count().min(255);
            while !text.is_char_boundary(shared) {
                shared -= 1;
            }
            column.shared.push(u8::try_from(shared).unwrap_or(0));
            column.rest.push(text[shared..].to_owned());
            above = text;
        }
        column
    }

    fn into_texts(self) -> Result<Vec<String>, ChunkError> {
        if self.shared.len() != self.rest.len() {
            return Err(ChunkError::Unreadable);
        }
        let mut texts: Vec<String> = Vec::with_capacity(self.rest.len());
        for (shared, rest) in self.shared.into_iter().zip(self.rest) {
            let above = texts.last().map_or("", String::as_str);
            let shared = above.get(..usize::from(shared)).ok_or(ChunkError::Unreadable)?;
            texts.push([shared, &rest].concat());
        }
        Ok(texts)
    }
}

/// An exact decimal as it is written: mantissa and scale.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Number(i128, u8);

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(value.mantissa(), u8::try_from(value.scale()).unwrap_or(0))
    }
}

impl Number {
    fn decimal(self) -> Result<Decimal, ChunkError> {
        Decimal::try_from_i128_with_scale(self.0, u32::from(self.1)).map_err(|_| ChunkError::Unreadable)
    }

    fn column(values: impl Iterator<Item = Option<Decimal>>) -> Vec<Option<Self>> {
        values.map(|value| value.map(Self::from)).collect()
    }
}

fn decimal(number: Option<Number>) -> Result<Option<Decimal>, ChunkError> {
    number.map(Number::decimal).transpose()
}

/// First and last day; `None` where the holder's own validity holds.
type Days = Option<(i32, Option<i32>)>;

fn days(validity: Option<Validity>) -> Days {
    validity.map(|validity| (day_number(validity.start), validity.end.map(day_number)))
}

fn validity(days: Days) -> Result<Option<Validity>, ChunkError> {
    let date = |day| date_of_day(day).ok_or(ChunkError::Unreadable);
    days.map(|(start, end)| Ok(Validity::new(date(start)?, end.map(date).transpose()?))).transpose()
}

/// The lines of one contract version.
#[derive(Serialize, Deserialize)]
pub struct LineColumns {
    items: Texts,
    ids: Texts,
    supplier_item_numbers: Vec<Option<String>>,
    package_descriptions: Vec<Option<String>>,
    orderable_units: Vec<Unit>,
    contents: Vec<Number>,
    validities: Vec<Days>,
    minimums: Vec<Option<Number>>,
    maximums: Vec<Option<Number>>,
    increments: Vec<Option<Number>>,
    lead_times: Vec<Option<u16>>,
    territories: Vec<Option<Scope>>,
    replaces: Vec<Option<LineId>>,
    tier_counts: Vec<u16>,
    tiers: TierColumns,
}

#[derive(Default, Serialize, Deserialize)]
struct TierColumns {
    thresholds: Vec<Number>,
    amounts: Vec<Number>,
    base_quantities: Vec<Number>,
    base_units: Vec<Unit>,
    validities: Vec<Days>,
}

impl LineColumns {
    pub fn from_lines(lines: Vec<CatalogueLine>) -> Self {
        let tiers = || lines.iter().flat_map(|line| &line.tiers);
        Self {
            items: Texts::collect(lines.iter().map(|line| line.item.as_str())),
            ids: Texts::collect(lines.iter().flat_map(|line| [line.item.as_str(), line.id.as_str()])),
            supplier_item_numbers: lines.iter().map(|line| line.supplier_item_number.clone()).collect(),
            package_descriptions: lines.iter().map(|line| line.package_description.clone()).collect(),
            orderable_units: lines.iter().map(|line| line.orderable_unit).collect(),
            contents: lines.iter().map(|line| line.content.into()).collect(),
            validities: lines.iter().map(|line| days(line.validity)).collect(),
            minimums: Number::column(lines.iter().map(|line| line.minimum_order_quantity)),
            maximums: Number::column(lines.iter().map(|line| line.maximum_order_quantity)),
            increments: Number::column(lines.iter().map(|line| line.order_quantity_increment)),
            lead_times: lines.iter().map(|line| line.lead_time_days).collect(),
            territories: lines.iter().map(|line| line.territory.clone()).collect(),
            replaces: lines.iter().map(|line| line.replaces.clone()).collect(),
            tier_counts: lines.iter().map(|line| u16::try_from(line.tiers.len()).unwrap_or(u16::MAX)).collect(),
            tiers: TierColumns {
                thresholds: tiers().map(|tier| tier.threshold.into()).collect(),
                amounts: tiers().map(|tier| tier.price.amount.into()).collect(),
                base_quantities: tiers().map(|tier| tier.price.base_quantity.value.into()).collect(),
                base_units: tiers().map(|tier| tier.price.base_quantity.unit).collect(),
                validities: tiers().map(|tier| days(tier.validity)).collect(),
            },
        }
    }

    pub fn into_lines(self) -> Result<Vec<CatalogueLine>, ChunkError> {
        let mut items = self.items.into_texts()?.into_iter();
        // The ids stand interleaved with the items, so that each shares its item's number.
        let mut ids = self.ids.into_texts()?.into_iter().skip(1).step_by(2);
        let mut supplier_item_numbers = self.supplier_item_numbers.into_iter();
        let mut package_descriptions = self.package_descriptions.into_iter();
        let mut orderable_units = self.orderable_units.into_iter();
        let mut contents = self.contents.into_iter();
        let mut validities = self.validities.into_iter();
        let mut minimums = self.minimums.into_iter();
        let mut maximums = self.maximums.into_iter();
        let mut increments = self.increments.into_iter();
        let mut lead_times = self.lead_times.into_iter();
        let mut territories = self.territories.into_iter();
        let mut replaces = self.replaces.into_iter();
        let mut tiers = self.tiers.into_tiers()?.into_iter();
        let mut lines = Vec::with_capacity(items.len());
        for tier_count in self.tier_counts {
            lines.push(CatalogueLine {
                id: LineId::parse(next(&mut ids)?).map_err(|_| ChunkError::Unreadable)?,
                item: ItemId::parse(next(&mut items)?).map_err(|_| ChunkError::Unreadable)?,
                supplier_item_number: next(&mut supplier_item_numbers)?,
                package_description: next(&mut package_descriptions)?,
                orderable_unit: next(&mut orderable_units)?,
                content: next(&mut contents)?.decimal()?,
                validity: validity(next(&mut validities)?)?,
                minimum_order_quantity: decimal(next(&mut minimums)?)?,
                maximum_order_quantity: decimal(next(&mut maximums)?)?,
                order_quantity_increment: decimal(next(&mut increments)?)?,
                lead_time_days: next(&mut lead_times)?,
                territory: next(&mut territories)?,
                replaces: next(&mut replaces)?,
                tiers: (0..tier_count).map(|_| next(&mut tiers)).collect::<Result<_, _>>()?,
            });
        }
        Ok(lines)
    }
}

impl TierColumns {
    fn into_tiers(self) -> Result<Vec<PriceTier>, ChunkError> {
        let mut amounts = self.amounts.into_iter();
        let mut base_quantities = self.base_quantities.into_iter();
        let mut base_units = self.base_units.into_iter();
        let mut validities = self.validities.into_iter();
        self.thresholds
            .into_iter()
            .map(|threshold| {
                let amount = next(&mut amounts)?.decimal()?;
                let base_quantity = Quantity::new(next(&mut base_quantities)?.decimal()?, next(&mut base_units)?);
                Ok(PriceTier {
                    threshold: threshold.decimal()?,
                    price: Price { amount, base_quantity },
                    validity: validity(next(&mut validities)?)?,
                })
            })
            .collect()
    }
}

/// The items of a release.
#[derive(Serialize, Deserialize)]
pub struct ItemColumns {
    ids: Texts,
    descriptions: Vec<String>,
    brand_names: Vec<Option<String>>,
    base_units: Vec<Unit>,
    categories: Vec<Option<Category>>,
    gtins: Vec<Vec<Gtin>>,
    substitutes: Vec<Vec<ItemId>>,
}

impl ItemColumns {
    pub fn from_items(items: Vec<Item>) -> Self {
        Self {
            ids: Texts::collect(items.iter().map(|item| item.id.as_str())),
            descriptions: items.iter().map(|item| item.description.clone()).collect(),
            brand_names: items.iter().map(|item| item.brand_name.clone()).collect(),
            base_units: items.iter().map(|item| item.base_unit).collect(),
            categories: items.iter().map(|item| item.category.clone()).collect(),
            gtins: items.iter().map(|item| item.gtins.clone()).collect(),
            substitutes: items.into_iter().map(|item| item.substitutes).collect(),
        }
    }

    pub fn into_items(self) -> Result<Vec<Item>, ChunkError> {
        let mut descriptions = self.descriptions.into_iter();
        let mut brand_names = self.brand_names.into_iter();
        let mut base_units = self.base_units.into_iter();
        let mut categories = self.categories.into_iter();
        let mut gtins = self.gtins.into_iter();
        let mut substitutes = self.substitutes.into_iter();
        self.ids
            .into_texts()?
            .into_iter()
            .map(|id| {
                Ok(Item {
                    id: ItemId::parse(id).map_err(|_| ChunkError::Unreadable)?,
                    description: next(&mut descriptions)?,
                    brand_name: next(&mut brand_names)?,
                    base_unit: next(&mut base_units)?,
                    category: next(&mut categories)?,
                    gtins: next(&mut gtins)?,
                    substitutes: next(&mut substitutes)?,
                })
            })
            .collect()
    }
}

/// The next of a column; a column that is too short makes the chunk unreadable.
fn next<T>(column: &mut impl Iterator<Item = T>) -> Result<T, ChunkError> {
    column.next().ok_or(ChunkError::Unreadable)
}
