//! The items of the demo organisation, made from the combinations in `families.csv`.

use super::builder::{id, unit};
use super::seed::Seed;
use crate::ids::ItemId;
use crate::item::{Category, Gtin, Item};
use crate::unit::Unit;

/// One family in each row: varieties × grades × sizes give its items. The columns are: department;
/// noun; UNSPSC-like code; base unit; price range in cents; the number of base units for that
/// price; varieties; grades; sizes, with their price in percent of the first size; packages, with
/// their content in base units.
const FAMILIES: &str = include_str!("families.csv");

/// A part of the items that has its own contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Department {
    pub(super) name: &'static str,
    /// The prefix of its item numbers.
    pub(super) prefix: &'static str,
    /// The number of its items.
    count: usize,
    /// The index of the first of its brands in [`BRANDS`].
    brands: usize,
}

/// The departments, with 1,500 items in all.
pub(super) const DEPARTMENTS: [Department; 11] = [
    Department { name: "Produce", prefix: "PRO", count: 140, brands: 0 },
    Department { name: "Dairy", prefix: "DAI", count: 130, brands: 4 },
    Department { name: "Meat and fish", prefix: "MEA", count: 140, brands: 8 },
    Department { name: "Bakery", prefix: "BAK", count: 110, brands: 12 },
    Department { name: "Dry goods", prefix: "DRY", count: 230, brands: 16 },
    Department { name: "Frozen", prefix: "FRO", count: 110, brands: 20 },
    Department { name: "Beverages", prefix: "BEV", count: 110, brands: 24 },
    Department { name: "Cleaning", prefix: "CLE", count: 160, brands: 28 },
    Department { name: "Disposables", prefix: "DIS", count: 150, brands: 32 },
    Department { name: "Office", prefix: "OFF", count: 110, brands: 36 },
    Department { name: "Maintenance", prefix: "MAI", count: 110, brands: 40 },
];

/// Four brands for each department.
const BRANDS: [&str; 44] = [
    "Furrowmead",
    "Tilthorne",
    "Gardvale",
    "Sprigholm",
    "Velcombe",
    "Curdlow",
    "Melkenrust",
    "Hearthpail",
    "Drovernook",
    "Saltvang",
    "Pasturel",
    "Finmarrow",
    "Crustwell",
    "Ovenlea",
    "Bakkerlund",
    "Kneadmore",
    "Larderfen",
    "Quernstone",
    "Tarrowmill",
    "Pantrelle",
    "Rimefield",
    "Glacette",
    "Coldharrow",
    "Isvika Frost",
    "Brewmallow",
    "Fontescura",
    "Spritzelle",
    "Cuppaleaf",
    "Scrubwick",
    "Brightquay",
    "Lavendrix",
    "Sopplane",
    "Fibrelle",
    "Onceware",
    "Palmetray",
    "Glovara",
    "Inkhollow",
    "Foliamere",
    "Scrivenox",
    "Papyrelle",
    "Boltermark",
    "Lumenquay",
    "Spannerby",
    "Wattlegate",
];

/// An item, with the facts that contracts need to price it.
#[derive(Debug, Clone)]
pub(super) struct Good {
    pub(super) item: Item,
    /// The index of its department in [`DEPARTMENTS`].
    pub(super) department: usize,
    /// Its packages, the usual one first: the unit, and the number of base units in it.
    pub(super) packs: [(Unit, i64); 2],
    /// The market price of `per` base units, in euro cents.
    pub(super) cents: i64,
    /// The number of base units for that price: 1, or 100 for cheap single pieces.
    pub(super) per: i64,
}

/// The items, by department.
pub(super) fn goods(seed: u64) -> Vec<Good> {
    let mut seed = Seed::fork(seed, "goods");
    let families: Vec<Family> = FAMILIES.lines().skip(1).map(Family::read).collect();
    let mut goods = Vec::with_capacity(1_500);
    for (index, department) in DEPARTMENTS.iter().enumerate() {
        let own = families.iter().filter(|family| family.department == department.name);
        let mut wanted: Vec<Variant> = own.flat_map(Family::variants).collect();
        // A random choice of all combinations, then sorted back into the order of the families.
        for place in 0..department.count.min(wanted.len()) {
            let other = place + seed.place(wanted.len() - place);
            wanted.swap(place, other);
        }
        wanted.truncate(department.count);
        wanted.sort_by_key(|variant| (variant.family.code, variant.number));
        let first = goods.len();
        for (number, variant) in wanted.iter().enumerate() {
            goods.push(good(&mut seed, variant, index, number, first + number));
        }
        approve_substitutes(&mut seed, &mut goods[first..]);
    }
    goods
}

fn good(
    seed: &mut Seed,
    variant: &Variant,
    department: usize,
    number: usize,
    overall: usize,
) -> Good {
    let family = variant.family;
    let spread = seed.between(family.cents.0, family.cents.1);
    let brand = DEPARTMENTS[department].brands + seed.place(4);
    let item = Item {
        id: id(&format!("{}-{:04}", DEPARTMENTS[department].prefix, number + 1)),
        description: variant.description(),
        // One in five items has no brand.
        brand_name: (!seed.percent(20)).then(|| BRANDS[brand].to_owned()),
        base_unit: family.base_unit,
        category: Some(Category { scheme: "TST".into(), code: family.code.into() }),
        gtins: gtins(overall, seed.percent(30)),
        substitutes: Vec::new(),
    };
    Good {
        item,
        department,
        packs: family.packs,
        cents: (spread * variant.percent / 100).max(1),
        per: family.per,
    }
}

/// One in seven items has one or two approved substitutes: neighbours of the same class and unit.
/// An approval holds in one direction only.
fn approve_substitutes(seed: &mut Seed, goods: &mut [Good]) {
    for place in 0..goods.len() {
        if !seed.percent(15) {
            continue;
        }
        let same = |other: &&Good| {
            other.item.category == goods[place].item.category
                && other.item.base_unit == goods[place].item.base_unit
        };
        let after = goods[place + 1..].iter().take_while(same).take(1 + seed.place(2));
        let substitutes = after.map(|good| good.item.id.clone()).collect();
        goods[place].item.substitutes = substitutes;
    }
}

/// The GTIN-13 of an item, and for some items the GTIN-14 of its case. Prefix 20 is GS1's range for
/// restricted circulation, so no real product has such a number.
fn gtins(overall: usize, has_case: bool) -> Vec<Gtin> {
    let piece = format!("20{:010}", overall * 7 + 1_000);
    let case = has_case.then(|| digits_with_check(&format!("1{piece}")));
    std::iter::once(digits_with_check(&piece))
        .chain(case)
        .filter_map(|digits| Gtin::parse(&digits).ok())
        .collect()
}

/// Adds GS1's check digit: weights 3, 1, 3 … from the right, up to the next multiple of ten.
pub(super) fn digits_with_check(digits: &str) -> String {
    let weighted = digits.bytes().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// The name of the department of an item of the demo.
#[must_use]
pub fn department(item: &ItemId) -> Option<&'static str> {
    department_of(item).map(|department| DEPARTMENTS[department].name)
}

/// The department of an item of the demo, by the prefix of its number.
pub(super) fn department_of(item: &ItemId) -> Option<usize> {
    let (prefix, _) = item.as_str().split_once('-')?;
    DEPARTMENTS.iter().position(|department| department.prefix == prefix)
}

struct Family {
    department: &'static str,
    noun: &'static str,
    code: &'static str,
    base_unit: Unit,
    cents: (i64, i64),
    per: i64,
    varieties: Vec<&'static str>,
    grades: Vec<&'static str>,
    sizes: Vec<(&'static str, i64)>,
    packs: [(Unit, i64); 2],
}

impl Family {
    /// Reads a row of [`FAMILIES`], which is part of the program.
    fn read(row: &'static str) -> Self {
        let cells: Vec<&'static str> = row.split(';').collect();
        let [department, noun, code, base_unit, cents, per, varieties, grades, sizes, packs] =
            cells[..]
        else {
            panic!("families.csv: {row:?} has {} cells, not 10", cells.len());
        };
        let number = |text: &str| {
            text.parse().unwrap_or_else(|_| panic!("families.csv: {text:?} in {noun}"))
        };
        let pair = |text: &'static str, by: char| {
            text.split_once(by)
                .unwrap_or_else(|| panic!("families.csv: no {by:?} in {text:?} of {noun}"))
        };
        let (low, high) = pair(cents, '-');
        let pack = |text: &'static str| {
            let (code, content) = pair(text, ' ');
            (unit(code), number(content))
        };
        let (usual, other) = pair(packs, '|');
        let sizes = sizes.split('|').filter(|size| !size.is_empty()).map(|size| pair(size, '='));
        Self {
            department,
            noun,
            code,
            base_unit: unit(base_unit),
            cents: (number(low), number(high)),
            per: number(per),
            varieties: varieties.split('|').collect(),
            grades: grades.split('|').collect(),
            sizes: sizes.map(|(size, percent)| (size, number(percent))).collect(),
            packs: [pack(usual), pack(other)],
        }
    }

    /// Every combination, numbered.
    fn variants(&self) -> impl Iterator<Item = Variant<'_>> {
        let one_size = [("", 100)];
        let sizes = if self.sizes.is_empty() { one_size.to_vec() } else { self.sizes.clone() };
        let grades = self
            .varieties
            .iter()
            .flat_map(|variety| self.grades.iter().map(move |grade| (*variety, *grade)));
        let sized = grades.flat_map(move |(variety, grade)| {
            sizes.clone().into_iter().map(move |size| (variety, grade, size))
        });
        sized.enumerate().map(|(number, (variety, grade, (size, percent)))| Variant {
            family: self,
            number,
            words: [variety, grade, size],
            percent,
        })
    }
}

/// One combination of a family.
struct Variant<'f> {
    family: &'f Family,
    number: usize,
    words: [&'static str; 3],
    percent: i64,
}

impl Variant<'_> {
    fn description(&self) -> String {
        let words = self.words.iter().filter(|word| !word.is_empty());
        words.fold(self.family.noun.to_owned(), |text, word| format!("{text}, {word}"))
    }
}
