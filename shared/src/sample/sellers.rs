//! The suppliers of the demo organisation.

use super::builder::{currency, id};
use crate::money::Currency;
use crate::supplier::{OrderChannel, Supplier};

/// One supplier for each department on the continent, then one for each department in the north,
/// then three wholesalers.
const NAMES: [&str; 25] = [
    "Furrow & Tilth Growers",
    "Curdlow Creameries",
    "Drovernook Butchers",
    "Kneadmore Bakehouse",
    "Quernstone Stores",
    "Rimefield Cold Chain",
    "Fontescura Drinks",
    "Lavendrix Hygiene",
    "Onceware Packaging",
    "Scrivenox Stationers",
    "Spannerby Technical",
    "Orchardwynd Produce",
    "Pailwright Dairies",
    "Saltvang Fish & Meat",
    "Ovenlea Bread Co.",
    "Larderfen Dry Goods",
    "Coldharrow Foods",
    "Cuppaleaf Beverages",
    "Scrubwick Supplies",
    "Palmetray Disposables",
    "Inkhollow Office",
    "Wattlegate Maintenance",
    "Stallrow Fresh Wholesale",
    "Cratemoor Ambient Wholesale",
    "Sundrymoor Non-Food Wholesale",
];

/// The number of departments. The first two kinds of suppliers have this number of suppliers each.
const DEPARTMENTS: usize = 11;

/// The department's supplier on the continent.
pub(super) fn continental(department: usize) -> usize {
    department
}

/// The department's supplier in the north.
pub(super) fn northern(department: usize) -> usize {
    DEPARTMENTS + department
}

/// The wholesaler that competes for the department: fresh, ambient or non-food.
pub(super) fn wholesaler(department: usize) -> usize {
    let kind = match department {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    };
    2 * DEPARTMENTS + kind
}

/// A supplier's number.
pub(super) fn number(index: usize) -> String {
    format!("V{}", 20_010 + index * 10)
}

/// The suppliers. Their addresses end in `.example`, which RFC 2606 reserves, so that none is real.
pub(super) fn suppliers() -> Vec<Supplier> {
    NAMES.iter().enumerate().map(|(index, name)| supplier(index, name)).collect()
}

fn supplier(index: usize, name: &str) -> Supplier {
    let host: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let order_channel = match index % 5 {
        0..=2 => OrderChannel::Email(format!("orders@{host}.example")),
        3 => OrderChannel::Webhook(format!("https://edi.{host}.example/orders")),
        _ if index.is_multiple_of(2) => OrderChannel::FileDrop(host),
        _ => OrderChannel::Manual,
    };
    let currency: Option<Currency> =
        (DEPARTMENTS..2 * DEPARTMENTS).contains(&index).then(|| currency("GBP"));
    Supplier { id: id(&number(index)), name: name.to_owned(), order_channel, currency }
}
