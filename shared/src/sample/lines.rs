//! The lines of the demo organisation's contracts.

use std::collections::BTreeMap;

use jiff::ToSpan;
use rust_decimal::Decimal;

use super::builder::{id, lead_time};
use super::goods::Good;
use super::places::EURO_REGIONS;
use super::pricing::{Ask, Pricing};
use super::seed::Seed;
use crate::calendar::{Date, Validity};
use crate::contract::{CatalogueLine, PriceTier, Scope};
use crate::ids::{ItemId, LineId};
use crate::money::Currency;
use crate::unit::Unit;

/// One item in this number of items is on no contract. Order requests are for such items.
const OFF_CONTRACT: usize = 37;
/// The last day of an old package that a new one replaces, in days from today.
const PACK_CHANGE: i64 = 14;
/// The last day of a price whose next price is already agreed, in days from today.
const PRICE_CHANGE: i64 = 21;

/// The requirements of a contract for its lines.
pub(super) struct Wanted {
    pub(super) department: usize,
    pub(super) supplier: usize,
    pub(super) currency: Currency,
    /// The percentage of the department's items.
    pub(super) share: u64,
    /// The price level, in thousandths of the market price.
    pub(super) permille: i64,
    /// Framework contracts have what long lists have: second packages and territories.
    pub(super) is_framework: bool,
    /// The days of the contract. The dates of prices and packages are within them.
    pub(super) validity: Validity,
}

/// Makes lines with different prices.
pub(super) struct Lines<'g> {
    goods: &'g [Good],
    places: BTreeMap<&'g ItemId, usize>,
    pricing: Pricing,
    today: Date,
}

impl<'g> Lines<'g> {
    pub(super) fn new(goods: &'g [Good], today: Date) -> Self {
        let places = goods.iter().enumerate().map(|(place, good)| (&good.item.id, place)).collect();
        Self { goods, places, pricing: Pricing::new(goods.len()), today }
    }

    /// Lines for a part of the department's items, numbered in steps of ten.
    pub(super) fn draw(&mut self, seed: &mut Seed, wanted: &Wanted) -> Vec<CatalogueLine> {
        let mut lines = Vec::new();
        for (place, good) in self.goods.iter().enumerate() {
            if good.department != wanted.department || place % OFF_CONTRACT == OFF_CONTRACT - 1 {
                continue;
            }
            if seed.percent(wanted.share) {
                self.offer(seed, wanted, place, &mut lines);
            }
        }
        lines
    }

    /// One line of the item, or two.
    fn offer(
        &mut self,
        seed: &mut Seed,
        wanted: &Wanted,
        place: usize,
        lines: &mut Vec<CatalogueLine>,
    ) {
        let pack = usize::from(seed.percent(25));
        let mut line = self.line(seed, wanted, place, pack, line_number(lines.len()));
        if wanted.is_framework && wanted.validity.end.is_none() && seed.percent(3) {
            self.announce_next_price(wanted, place, pack, &mut line);
        }
        if wanted.is_framework && wanted.currency.as_str() == "EUR" && seed.percent(2) {
            line.territory = Some(Scope::of(id(seed.pick(&EURO_REGIONS))).into());
        }
        if !(wanted.is_framework && seed.percent(4)) {
            lines.push(line);
            return;
        }
        let mut other = self.line(seed, wanted, place, 1 - pack, line_number(lines.len() + 1));
        // Some packages are replaced by the other one. The rest are sold side by side.
        if wanted.validity.end.is_none() && seed.percent(40) {
            let last = self.today.saturating_add(PACK_CHANGE.days());
            line.validity = Some(Validity::new(wanted.validity.start, Some(last)));
            other.validity = Some(Validity::new(last.saturating_add(1.days()), None));
            other.replaces = Some(line.id.clone());
        }
        lines.extend([line, other]);
    }

    fn line(
        &mut self,
        seed: &mut Seed,
        wanted: &Wanted,
        place: usize,
        pack: usize,
        number: LineId,
    ) -> CatalogueLine {
        let good = &self.goods[place];
        let (orderable_unit, content) = good.packs[pack];
        let ask = Ask {
            pack: (orderable_unit, content),
            currency: wanted.currency,
            permille: wanted.permille + seed.between(-40, 40),
            tiers: seed.pick(&[1, 1, 1, 2, 2, 3, 4]),
        };
        let tiers = self.pricing.tiers(seed, place, good, ask);
        let [minimum, increment, maximum] = quantities(seed, orderable_unit);
        CatalogueLine {
            id: number,
            item: good.item.id.clone(),
            supplier_item_number: Some(supplier_item_number(wanted.supplier, place).into()),
            package_description: package(orderable_unit, content, good.item.base_unit)
                .map(Into::into),
            orderable_unit,
            content: Decimal::from(content),
            tiers,
            validity: None,
            minimum_order_quantity: minimum,
            maximum_order_quantity: maximum,
            order_quantity_increment: increment,
            divisible: None,
            terms: seed.percent(5).then(|| lead_time(seed.pick(&[2, 7, 10])).into()),
            territory: None,
            replaces: None,
        }
    }

    /// One price until a day, and another price from the next day on.
    fn announce_next_price(
        &mut self,
        wanted: &Wanted,
        place: usize,
        pack: usize,
        line: &mut CatalogueLine,
    ) {
        line.tiers.truncate(1);
        let good = &self.goods[place];
        let next =
            self.pricing.moved(place, &line.tiers, good, good.packs[pack].1, wanted.currency, 104);
        let last = self.today.saturating_add(PRICE_CHANGE.days());
        let window = |tiers: &[PriceTier], validity| {
            let dated =
                tiers.iter().cloned().map(|tier| PriceTier { validity: Some(validity), ..tier });
            dated.collect::<Vec<_>>()
        };
        let mut tiers = window(&line.tiers, Validity::new(wanted.validity.start, Some(last)));
        tiers.extend(window(&next, Validity::new(last.saturating_add(1.days()), None)));
        line.tiers = tiers;
    }

    /// The same offers under another supplier's item numbers.
    pub(super) fn of_another_supplier(
        &self,
        lines: &[CatalogueLine],
        supplier: usize,
    ) -> Vec<CatalogueLine> {
        let number =
            |line: &CatalogueLine| Some(supplier_item_number(supplier, self.place(line)?).into());
        lines
            .iter()
            .map(|line| CatalogueLine { supplier_item_number: number(line), ..line.clone() })
            .collect()
    }

    /// The line with prices that are three percent higher.
    pub(super) fn dearer(&mut self, line: &CatalogueLine, currency: Currency) -> CatalogueLine {
        let Some(place) = self.place(line) else { return line.clone() };
        let good = &self.goods[place];
        let pack = good.packs.iter().find(|(unit, content)| {
            *unit == line.orderable_unit && Decimal::from(*content) == line.content
        });
        let Some((_, content)) = pack else { return line.clone() };
        let tiers = self.pricing.moved(place, &line.tiers, good, *content, currency, 103);
        CatalogueLine { tiers, ..line.clone() }
    }

    fn place(&self, line: &CatalogueLine) -> Option<usize> {
        self.places.get(&line.item).copied()
    }
}

fn line_number(before: usize) -> LineId {
    id(&format!("{:04}", (before + 1) * 10))
}

/// Half of the suppliers use numbers with leading zeros, the other half numbers with a slash.
fn supplier_item_number(supplier: usize, place: usize) -> String {
    if supplier.is_multiple_of(2) {
        format!("0{supplier:02}{place:05}")
    } else {
        format!("{supplier:02}/{place:05}")
    }
}

/// Minimum, increment and maximum. The minimum and the maximum are multiples of the increment.
fn quantities(seed: &mut Seed, unit: Unit) -> [Option<Decimal>; 3] {
    if !unit.is_package() && unit != Unit::EACH {
        // By weight or volume: in steps of half a unit, at least one unit.
        return [Some(Decimal::ONE), Some(Decimal::new(5, 1)), None];
    }
    let step = if seed.percent(8) { seed.pick(&[2, 5, 6]) } else { 1 };
    let minimum = seed.percent(10).then(|| step * seed.between(2, 3));
    let maximum = seed.percent(6).then(|| step * seed.between(20, 60));
    [minimum, Some(step), maximum].map(|quantity| quantity.map(Decimal::from))
}

/// "Case of 12", "Bag of 25 kg". `None` for items without a package.
fn package(unit: Unit, content: i64, base: Unit) -> Option<String> {
    let name = match unit.as_str() {
        "XBG" => "Bag",
        "XBO" => "Bottle",
        "XBX" => "Box",
        "XCR" => "Crate",
        "XCS" => "Case",
        "XCT" => "Carton",
        "XDR" => "Drum",
        "XJC" => "Jerrican",
        "XPK" => "Pack",
        "XPL" => "Pail",
        "XPX" => "Pallet",
        "XRO" => "Roll",
        "XTB" => "Tub",
        "XTN" => "Tin",
        _ => return None,
    };
    let measure = match base.as_str() {
        "KGM" => " kg",
        "LTR" => " l",
        _ => "",
    };
    Some(format!("{name} of {content}{measure}"))
}
