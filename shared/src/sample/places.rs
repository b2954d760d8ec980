//! The location tree of the demo organisation: four regions in four time zones, one of them in
//! pounds, forty sites.

use super::builder::{currency, id};
use super::goods::digits_with_check;
use super::seed::Seed;
use crate::ids::LocationId;
use crate::location::{Location, Site};

/// The organisation. Invented, like every name of the demo.
pub(super) const ORGANISATION: &str = "merrowby";
/// The region that buys and accounts in pounds.
pub(super) const NORTH: &str = "north";
/// The regions that buy and account in euros.
pub(super) const EURO_REGIONS: [&str; 3] = ["low", "east", "isles"];

struct Region {
    id: &'static str,
    name: &'static str,
    time_zone: &'static str,
    currency: &'static str,
    /// The areas between the region and its sites. Empty when sites are directly below the region.
    areas: &'static [(&'static str, &'static str)],
    towns: [&'static str; 10],
    streets: [&'static str; 5],
}

const REGIONS: [Region; 4] = [
    Region {
        id: NORTH,
        name: "Northern Coast",
        time_zone: "Europe/London",
        currency: "GBP",
        areas: &[],
        towns: [
            "Gullmarsh",
            "Skelderby",
            "Wetherness",
            "Cramwick",
            "Emberholm",
            "Farrowstead",
            "Corrabeg",
            "Lynmoss",
            "Brinsmouth",
            "Ostlehithe",
        ],
        streets: ["Kiln Lane", "Pier Road", "Tanner's Row", "Beacon Hill", "Rope Walk"],
    },
    Region {
        id: "low",
        name: "Low Country",
        time_zone: "Europe/Amsterdam",
        currency: "EUR",
        areas: &[("low-polder", "Low Country, Polder"), ("low-river", "Low Country, River")],
        towns: [
            "Vlietmeer",
            "Zandekerk",
            "Oudelwaard",
            "Brakelhoven",
            "Lissenburg",
            "Harkeveld",
            "Noordermolen",
            "Westerbrink",
            "Kwelderzijl",
            "Tervaart",
        ],
        streets: ["Molenkade", "Lindelaan", "Havenpad", "Kerkbrink", "Spinnersgracht"],
    },
    Region {
        id: "east",
        name: "Eastern Shore",
        time_zone: "Europe/Helsinki",
        currency: "EUR",
        areas: &[],
        towns: [
            "Kaivoranta",
            "Lehtisalo",
            "Mustavirta",
            "Haapkulma",
            "Soorinna",
            "Vesilampi",
            "Tuulikivi",
            "Raudjärvi",
            "Kuuselinn",
            "Pohjakallas",
        ],
        streets: ["Rantapolku", "Myllytie", "Koivukuja", "Satamaraitti", "Kalliokatu"],
    },
    Region {
        id: "isles",
        name: "Western Isles",
        time_zone: "Atlantic/Azores",
        currency: "EUR",
        areas: &[],
        towns: [
            "Vila Garça",
            "Porto Alvo",
            "Fajã do Feno",
            "Ribeira Parda",
            "Ponta Cinza",
            "Monte Feno",
            "Lagoa Branda",
            "São Telmo do Mar",
            "Areal Fundo",
            "Cabo Tordo",
        ],
        streets: [
            "Rua do Moinho",
            "Largo da Fonte",
            "Travessa do Sal",
            "Rua das Hortas",
            "Caminho Velho",
        ],
    },
];

/// The kinds of kitchens. Each region has each kind at least once.
const KINDS: [&str; 7] = [
    "General Hospital",
    "Primary School",
    "Harbour Hotel",
    "Care Home",
    "Staff Restaurant",
    "College Refectory",
    "Conference Centre",
];

const INSTRUCTIONS: [&str; 8] = [
    "Goods entrance at the back; ring twice.",
    "Deliver before 07:00, no lorry on the yard during school hours.",
    "Chilled goods straight to the cold room, second door on the left.",
    "Height limit 3.1 m at the gate. Call the kitchen on arrival.",
    "Pallets to the loading dock; roll cages come back with the driver.",
    "Sign in at reception. No deliveries between 11:30 and 13:30.",
    "Ferry freight: hand over at the quay office, gate 2.",
    "Leave dry goods in the locked cage; the key is with the porter.",
];

/// The tree: the organisation, its regions and areas, then the sites of each.
pub(super) fn locations(seed: u64) -> Vec<Location> {
    let mut seed = Seed::fork(seed, "places");
    let mut locations = vec![node(ORGANISATION, None, "Merrowby Kitchens")];
    for region in &REGIONS {
        locations.push(node(region.id, Some(ORGANISATION), region.name));
        for (area, name) in region.areas {
            locations.push(node(area, Some(region.id), name));
        }
    }
    for (index, region) in REGIONS.iter().enumerate() {
        let mut kinds: Vec<&str> = KINDS.iter().copied().cycle().take(region.towns.len()).collect();
        seed.shuffle(&mut kinds);
        for (place, (town, kind)) in region.towns.iter().zip(kinds).enumerate() {
            locations.push(site(&mut seed, region, index * 10 + place, town, kind));
        }
    }
    locations
}

fn node(node: &str, parent: Option<&str>, name: &str) -> Location {
    Location { id: id(node), parent: parent.map(id), name: name.to_owned(), site: None }
}

fn site(seed: &mut Seed, region: &Region, number: usize, town: &str, kind: &str) -> Location {
    let parent = match region.areas {
        [] => region.id,
        areas => areas[number % areas.len()].0,
    };
    let details = Site {
        time_zone: region.time_zone.to_owned(),
        currency: currency(region.currency),
        // 20 to 29 is GS1's range for restricted circulation, so no real place has such a number.
        gln: Some(digits_with_check(&format!("21{number:010}"))),
        address: vec![
            format!("{} {}", seed.between(1, 180), seed.pick(&region.streets)),
            format!("{} {town}", seed.between(1_001, 9_899)),
            region.name.to_owned(),
        ],
        delivery_instructions: Some(seed.pick(&INSTRUCTIONS).to_owned()),
    };
    Location {
        id: site_id(number),
        parent: Some(id(parent)),
        name: format!("{town} {kind}"),
        site: Some(details),
    }
}

/// `S01` to `S40`, ten for each region.
pub(super) fn site_id(number: usize) -> LocationId {
    id(&format!("S{:02}", number + 1))
}
