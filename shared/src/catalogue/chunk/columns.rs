//! Lines and items, written column by column.
//!
//! An identifier is written as the number of bytes that it shares with the identifier above, then
//! the rest (front coding). A line's identifier is compared with its item's identifier instead.
//! Decimals are written as mantissa and scale, dates as day numbers. A column with few runs is
//! written as its runs.

use std::sync::Arc;

use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::ChunkError;
use crate::calendar::{Date, Validity, date_of_day, day_number};
use crate::contract::{AllowanceCharge, CatalogueLine, PriceTier, Scope, Terms};
use crate::ids::{ItemId, LineId};
use crate::item::{Category, Gtin, Item};
use crate::limits::{CHUNK_DECODED_BYTES, IDENTIFIER_BYTES};
use crate::money::Price;
use crate::quantity::Quantity;
use crate::unit::Unit;

/// A column: value by value, or as pairs of count and value when that is shorter.
#[derive(Serialize, Deserialize)]
enum Column<T> {
    Each(Vec<T>),
    Runs(Vec<(u32, T)>),
}

impl<T: Clone + PartialEq> Column<T> {
    fn collect(values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        let runs = values.chunk_by(|a, b| a == b);
        if runs.clone().count() * 2 > values.len() {
            return Self::Each(values);
        }
        Self::Runs(
            runs.map(|run| (u32::try_from(run.len()).unwrap_or(u32::MAX), run[0].clone()))
                .collect(),
        )
    }

    /// Yields value by value. A run is never allocated, because a damaged chunk may claim any
    /// length.
    fn into_values(self) -> impl Iterator<Item = T> {
        let (each, runs) = match self {
            Self::Each(values) => (values, Vec::new()),
            Self::Runs(runs) => (Vec::new(), runs),
        };
        let runs =
            runs.into_iter().flat_map(|(count, value)| std::iter::repeat_n(value, count as usize));
        each.into_iter().chain(runs)
    }
}

/// A column of texts. Each text is the number of bytes shared with another text, and the rest.
#[derive(Serialize, Deserialize)]
struct Texts {
    shared: Column<u8>,
    rest: Column<String>,
}

impl Texts {
    /// `texts` are pairs of the text to compare with and the text to write.
    fn against<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let split = texts.map(|(other, text)| {
            let mut shared =
                other.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count().min(255);
            while !text.is_char_boundary(shared) {
                shared -= 1;
            }
            (u8::try_from(shared).unwrap_or(0), text[shared..].to_owned())
        });
        let (shared, rest): (Vec<_>, Vec<_>) = split.unzip();
        Self { shared: Column::collect(shared), rest: Column::collect(rest) }
    }

    /// Compares each text with the text above.
    fn sorted<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut above = "";
        Self::against(texts.map(|text| (std::mem::replace(&mut above, text), text)))
    }

    fn into_parts(self) -> impl Iterator<Item = (u8, String)> {
        self.shared.into_values().zip(self.rest.into_values())
    }

    fn into_sorted(self) -> impl Iterator<Item = Result<String, ChunkError>> {
        let mut above = String::new();
        self.into_parts().map(move |(shared, rest)| {
            above = joined(&above, shared, &rest)?;
            Ok(above.clone())
        })
    }
}

fn joined(other: &str, shared: u8, rest: &str) -> Result<String, ChunkError> {
    let shared = other.get(..usize::from(shared)).ok_or(ChunkError::Unreadable)?;
    Ok([shared, rest].concat())
}

/// A column of exact decimals: mantissas and scales.
#[derive(Serialize, Deserialize)]
struct Numbers {
    mantissas: Column<i128>,
    scales: Column<u8>,
}

impl Numbers {
    fn collect(values: impl Iterator<Item = Decimal> + Clone) -> Self {
        Self {
            mantissas: Column::collect(values.clone().map(|value| value.mantissa())),
            scales: Column::collect(values.map(|value| u8::try_from(value.scale()).unwrap_or(0))),
        }
    }

    fn into_values(self) -> impl Iterator<Item = Result<Decimal, ChunkError>> {
        self.mantissas.into_values().zip(self.scales.into_values()).map(|(mantissa, scale)| {
            Decimal::try_from_i128_with_scale(mantissa, u32::from(scale))
                .map_err(|_| ChunkError::Unreadable)
        })
    }
}

/// An optional decimal, as mantissa and scale.
type Maybe = Option<(i128, u8)>;

fn maybe(value: Option<Decimal>) -> Maybe {
    value.map(|value| (value.mantissa(), u8::try_from(value.scale()).unwrap_or(0)))
}

fn decimal(value: Maybe) -> Result<Option<Decimal>, ChunkError> {
    let decimal = |(mantissa, scale)| Decimal::try_from_i128_with_scale(mantissa, u32::from(scale));
    value.map(decimal).transpose().map_err(|_| ChunkError::Unreadable)
}

/// A first day and an optional last day. `None` when the validity of the contract or line applies.
type Days = Option<(i32, Option<i32>)>;

fn days(validity: Option<Validity>) -> Days {
    validity.map(|validity| (day_number(validity.start), validity.end.map(day_number)))
}

fn validity(days: Days) -> Result<Option<Validity>, ChunkError> {
    let date = |day| date_of_day(day).ok_or(ChunkError::Unreadable);
    days.map(|(start, end)| Ok(Validity::new(date(start)?, end.map(date).transpose()?))).transpose()
}

/// Texts that occur many times in a release (item numbers, packages, categories). Each text is kept
/// in memory once.
#[derive(Default)]
pub struct SharedTexts(FxHashSet<Arc<str>>);

impl SharedTexts {
    fn share(&mut self, text: Arc<str>) -> Arc<str> {
        match self.0.get(&text) {
            Some(shared) => shared.clone(),
            None => {
                self.0.insert(text.clone());
                text
            }
        }
    }
}

/// The lines of one contract version.
#[derive(Serialize, Deserialize)]
pub struct LineColumns {
    items: Texts,
    /// Each compared with the item's number, because most line identifiers begin with it.
    ids: Texts,
    supplier_item_numbers: Column<Option<Arc<str>>>,
    package_descriptions: Column<Option<Arc<str>>>,
    orderable_units: Column<Unit>,
    contents: Numbers,
    validities: Column<Days>,
    minimums: Column<Maybe>,
    maximums: Column<Maybe>,
    increments: Column<Maybe>,
    territories: Column<Option<Box<Scope>>>,
    replaces: Column<Option<LineId>>,
    terms: Column<Option<Box<Terms>>>,
    tier_counts: Column<u16>,
    tiers: TierColumns,
}

/// Which lines are divisible. It is a column of its own after [`LineColumns`], because it was added
/// later.
#[derive(Serialize, Deserialize)]
pub struct DivisibleColumn(Column<Option<bool>>);

impl DivisibleColumn {
    pub fn from_lines<'l>(lines: impl Iterator<Item = &'l CatalogueLine>) -> Self {
        Self(Column::collect(lines.map(|line| line.divisible)))
    }

    /// Sets the value of each line. Fails when there is not exactly one value for each line.
    pub fn put_into<'l>(
        self,
        lines: impl Iterator<Item = &'l mut CatalogueLine>,
    ) -> Result<(), ChunkError> {
        let mut values = self.0.into_values();
        for line in lines {
            line.divisible = next(&mut values)?;
        }
        if values.next().is_none() { Ok(()) } else { Err(ChunkError::Unreadable) }
    }
}

#[derive(Serialize, Deserialize)]
struct TierColumns {
    thresholds: Numbers,
    amounts: Numbers,
    base_quantities: Numbers,
    base_units: Column<Unit>,
    validities: Column<Days>,
}

impl LineColumns {
    pub fn from_lines(lines: &[CatalogueLine]) -> Self {
        let tiers = || lines.iter().flat_map(|line| &line.tiers);
        Self {
            items: Texts::sorted(lines.iter().map(|line| line.item.as_str())),
            ids: Texts::against(lines.iter().map(|line| (line.item.as_str(), line.id.as_str()))),
            supplier_item_numbers: Column::collect(
                lines.iter().map(|line| line.supplier_item_number.clone()),
            ),
            package_descriptions: Column::collect(
                lines.iter().map(|line| line.package_description.clone()),
            ),
            orderable_units: Column::collect(lines.iter().map(|line| line.orderable_unit)),
            contents: Numbers::collect(lines.iter().map(|line| line.content)),
            validities: Column::collect(lines.iter().map(|line| days(line.validity))),
            minimums: Column::collect(lines.iter().map(|line| maybe(line.minimum_order_quantity))),
            maximums: Column::collect(lines.iter().map(|line| maybe(line.maximum_order_quantity))),
            increments: Column::collect(
                lines.iter().map(|line| maybe(line.order_quantity_increment)),
            ),
            territories: Column::collect(lines.iter().map(|line| line.territory.clone())),
            replaces: Column::collect(lines.iter().map(|line| line.replaces.clone())),
            terms: Column::collect(lines.iter().map(|line| line.terms.clone())),
            tier_counts: Column::collect(
                lines.iter().map(|line| u16::try_from(line.tiers.len()).unwrap_or(u16::MAX)),
            ),
            tiers: TierColumns {
                thresholds: Numbers::collect(tiers().map(|tier| tier.threshold)),
                amounts: Numbers::collect(tiers().map(|tier| tier.price.amount)),
                base_quantities: Numbers::collect(
                    tiers().map(|tier| tier.price.base_quantity.value),
                ),
                base_units: Column::collect(tiers().map(|tier| tier.price.base_quantity.unit)),
                validities: Column::collect(tiers().map(|tier| days(tier.validity))),
            },
        }
    }

    pub fn into_lines(self, texts: &mut SharedTexts) -> Result<Vec<CatalogueLine>, ChunkError> {
        let mut ids = self.ids.into_parts();
        let mut supplier_item_numbers = self.supplier_item_numbers.into_values();
        let mut package_descriptions = self.package_descriptions.into_values();
        let mut orderable_units = self.orderable_units.into_values();
        let mut contents = self.contents.into_values();
        let mut validities = self.validities.into_values();
        let mut minimums = self.minimums.into_values();
        let mut maximums = self.maximums.into_values();
        let mut increments = self.increments.into_values();
        let mut territories = self.territories.into_values();
        let mut replaces = self.replaces.into_values();
        let mut terms = self.terms.into_values();
        let mut tier_counts = self.tier_counts.into_values();
        let mut all_tiers = self.tiers.into_tiers();
        let line = |item: Result<String, ChunkError>| {
            let item = item?;
            let (shared, rest) = next(&mut ids)?;
            let mut tiers = Vec::new();
            for _ in 0..next(&mut tier_counts)? {
                // Exactly one tier at a time: nearly every line has one tier, and there are many
                // lines.
                tiers.reserve_exact(1);
                tiers.push(next(&mut all_tiers)??);
            }
            Ok(CatalogueLine {
                id: LineId::parse(joined(&item, shared, &rest)?)
                    .map_err(|_| ChunkError::Unreadable)?,
                item: ItemId::parse(texts.share(item.into()))
                    .map_err(|_| ChunkError::Unreadable)?,
                supplier_item_number: next(&mut supplier_item_numbers)?,
                package_description: next(&mut package_descriptions)?.map(|text| texts.share(text)),
                orderable_unit: next(&mut orderable_units)?,
                content: next(&mut contents)??,
                validity: validity(next(&mut validities)?)?,
                minimum_order_quantity: decimal(next(&mut minimums)?)?,
                maximum_order_quantity: decimal(next(&mut maximums)?)?,
                order_quantity_increment: decimal(next(&mut increments)?)?,
                divisible: None,
                territory: next(&mut territories)?,
                replaces: next(&mut replaces)?,
                terms: next(&mut terms)?,
                tiers,
            })
        };
        bounded(self.items.into_sorted().map(line), line_bytes)
    }
}

impl TierColumns {
    fn into_tiers(self) -> impl Iterator<Item = Result<PriceTier, ChunkError>> {
        let mut amounts = self.amounts.into_values();
        let mut base_quantities = self.base_quantities.into_values();
        let mut base_units = self.base_units.into_values();
        let mut validities = self.validities.into_values();
        self.thresholds.into_values().map(move |threshold| {
            let amount = next(&mut amounts)??;
            let base_quantity = Quantity::new(next(&mut base_quantities)??, next(&mut base_units)?);
            Ok(PriceTier {
                threshold: threshold?,
                price: Price { amount, base_quantity },
                validity: validity(next(&mut validities)?)?,
            })
        })
    }
}

/// The items of a release.
#[derive(Serialize, Deserialize)]
pub struct ItemColumns {
    ids: Texts,
    descriptions: Column<String>,
    has_brand_name: Column<bool>,
    /// Each compared with the item's description, because many descriptions begin with the brand.
    brand_names: Texts,
    base_units: Column<Unit>,
    categories: Column<Option<Category>>,
    gtins: Column<Vec<Gtin>>,
    substitutes: Column<Vec<ItemId>>,
}

impl ItemColumns {
    pub fn from_items(items: &[Item]) -> Self {
        let brands = items.iter().map(|item| {
            (item.description.as_str(), item.brand_name.as_deref().unwrap_or_default())
        });
        Self {
            ids: Texts::sorted(items.iter().map(|item| item.id.as_str())),
            descriptions: Column::collect(items.iter().map(|item| item.description.clone())),
            has_brand_name: Column::collect(items.iter().map(|item| item.brand_name.is_some())),
            brand_names: Texts::against(brands),
            base_units: Column::collect(items.iter().map(|item| item.base_unit)),
            categories: Column::collect(items.iter().map(|item| item.category.clone())),
            gtins: Column::collect(items.iter().map(|item| item.gtins.clone())),
            substitutes: Column::collect(items.iter().map(|item| item.substitutes.clone())),
        }
    }

    pub fn into_items(self, texts: &mut SharedTexts) -> Result<Vec<Item>, ChunkError> {
        let mut descriptions = self.descriptions.into_values();
        let mut has_brand_name = self.has_brand_name.into_values();
        let mut brand_names = self.brand_names.into_parts();
        let mut base_units = self.base_units.into_values();
        let mut categories = self.categories.into_values();
        let mut gtins = self.gtins.into_values();
        let mut substitutes = self.substitutes.into_values();
        let item = |id: Result<String, ChunkError>| {
            let description = next(&mut descriptions)?;
            let (shared, rest) = next(&mut brand_names)?;
            let brand_name = joined(&description, shared, &rest)?;
            Ok(Item {
                id: ItemId::parse(texts.share(id?.into())).map_err(|_| ChunkError::Unreadable)?,
                brand_name: next(&mut has_brand_name)?.then_some(brand_name),
                description,
                base_unit: next(&mut base_units)?,
                category: next(&mut categories)?.map(|Category { scheme, code }| Category {
                    scheme: texts.share(scheme),
                    code: texts.share(code),
                }),
                gtins: next(&mut gtins)?,
                substitutes: next(&mut substitutes)?,
            })
        };
        bounded(self.ids.into_sorted().map(item), item_bytes)
    }
}

/// The next value of a column. A column that is too short makes the chunk unreadable.
fn next<T>(column: &mut impl Iterator<Item = T>) -> Result<T, ChunkError> {
    column.next().ok_or(ChunkError::Unreadable)
}

/// Collects rows until their size exceeds [`CHUNK_DECODED_BYTES`]. The limit is needed because a
/// run of a few bytes can claim billions of rows.
fn bounded<T>(
    rows: impl Iterator<Item = Result<T, ChunkError>>,
    more_bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>, ChunkError> {
    let mut collected = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let row = row?;
        bytes += size_of::<T>() + more_bytes(&row);
        if bytes > CHUNK_DECODED_BYTES {
            return Err(ChunkError::TooLarge);
        }
        collected.push(row);
    }
    Ok(collected)
}

fn text_bytes<'t>(texts: impl IntoIterator<Item = &'t String>) -> usize {
    texts.into_iter().map(String::len).sum()
}

/// The heap bytes of a line.
fn line_bytes(line: &CatalogueLine) -> usize {
    let places =
        line.territory.iter().map(|territory| territory.included.len() + territory.excluded.len());
    let texts = line.supplier_item_number.iter().chain(&line.package_description);
    texts.map(|text| text.len()).sum::<usize>()
        + line.id.as_str().len()
        + line.item.as_str().len()
        + line.tiers.len() * size_of::<PriceTier>()
        + places.sum::<usize>() * IDENTIFIER_BYTES
        + line.terms.iter().map(|terms| terms_bytes(terms)).sum::<usize>()
}

/// The heap bytes of a line's own terms. They count because a run of terms is a few bytes in the
/// chunk, and a copy for each line in memory.
fn terms_bytes(terms: &Terms) -> usize {
    let holidays = terms.delivery_schedule.iter().map(|schedule| {
        schedule.weekdays.len() + schedule.holidays.len() * 2 * size_of::<(Date, Option<Date>)>()
    });
    let texts =
        |charge: &AllowanceCharge| text_bytes(charge.reason_code.iter().chain(&charge.reason));
    let charges = terms
        .allowance_charges
        .iter()
        .flatten()
        .map(|charge| size_of::<AllowanceCharge>() + texts(charge));
    size_of::<Terms>()
        + holidays.sum::<usize>()
        + charges.sum::<usize>()
        + text_bytes(terms.delivery.iter().map(|delivery| &delivery.place))
}

/// The heap bytes of an item.
fn item_bytes(item: &Item) -> usize {
    text_bytes(item.brand_name.iter().chain([&item.description]))
        + item
            .category
            .iter()
            .map(|category| category.scheme.len() + category.code.len())
            .sum::<usize>()
        + item.gtins.len() * size_of::<Gtin>()
        + (1 + item.substitutes.len()) * IDENTIFIER_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn runs_that_say_billions_of_rows_are_refused() {
        let content = sample::small();
        let mut items = ItemColumns::from_items(&content.items);
        items.ids.shared = Column::Runs(vec![(u32::MAX, 0)]);
        items.ids.rest = Column::Runs(vec![(u32::MAX, "again".into())]);
        items.descriptions = Column::Runs(vec![(u32::MAX, "x".repeat(10_000))]);
        items.has_brand_name = Column::Runs(vec![(u32::MAX, false)]);
        items.brand_names = Texts {
            shared: Column::Runs(vec![(u32::MAX, 0)]),
            rest: Column::Runs(vec![(u32::MAX, String::new())]),
        };
        items.base_units = Column::Runs(vec![(u32::MAX, Unit::EACH)]);
        items.categories = Column::Runs(vec![(u32::MAX, None)]);
        items.gtins = Column::Runs(vec![(u32::MAX, Vec::new())]);
        items.substitutes = Column::Runs(vec![(u32::MAX, Vec::new())]);
        assert_eq!(items.into_items(&mut SharedTexts::default()), Err(ChunkError::TooLarge));
    }

    #[test]
    fn a_lines_own_terms_travel_and_lines_without_cost_nothing() {
        let content = sample::organisation(sample::DEMO_SEED, jiff::civil::date(2026, 6, 1));
        let mut lines = content.contracts[0].lines.clone();
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        lines.iter_mut().for_each(|line| line.terms = None);
        let size = |lines: &[CatalogueLine]| {
            postcard::to_allocvec(&LineColumns::from_lines(lines)).unwrap().len()
        };
        let without = size(&lines);
        let columns = LineColumns::from_lines(&lines);
        assert_eq!(
            postcard::to_allocvec(&columns.terms).unwrap().len(),
            5,
            "one run of nothing: {} lines",
            lines.len()
        );

        // Every term that a contract has, as a line's own term.
        let every = content.contracts.iter().map(|contract| &contract.terms);
        for (line, terms) in lines.iter_mut().zip(every) {
            line.terms = Some(Box::new(terms.clone()));
        }
        assert!(size(&lines) > without);
        assert_eq!(
            LineColumns::from_lines(&lines).into_lines(&mut SharedTexts::default()),
            Ok(lines)
        );
    }

    #[test]
    fn a_run_of_heavy_terms_is_refused() {
        let mut lines = sample::small().contracts[0].lines[..1].to_vec();
        let charge = crate::contract::AllowanceCharge {
            kind: crate::contract::AllowanceChargeKind::Charge,
            reason_code: None,
            reason: Some("x".repeat(1_000)),
            value: crate::contract::AllowanceChargeValue::Amount(Decimal::ONE),
            per: crate::contract::AllowanceChargeBasis::Order,
        };
        lines[0].terms =
            Some(Box::new(Terms { allowance_charges: Some(vec![charge; 10]), ..Terms::default() }));
        assert!(line_bytes(&lines[0]) > 10_000);
    }
}
