//! One row: the question, the expected answer, and the differences from the actual answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use calloff_core::calendar::Date;
use calloff_core::contract::CommitmentId;
use calloff_core::resolve::{
    Candidate, CandidateVerdict, NoSource, Outcome, Remaining, Resolution, ResolutionRequest,
    explain, resolve, select,
};
use calloff_core::sample::builder::id;
use jiff::civil::{DateTime, Time};

use super::format::{Ask, Row, Story, Theme};
use super::world::{World, parse, quantity};
use crate::received::received;

pub fn check(world: &World, theme: &Theme, story: &Story, row: &Row) -> Result<(), String> {
    let asked = Asked::new(world, [&row.ask(), &story.ask, &theme.ask])
        .map_err(|error| format!("  {error}"))?;
    let remaining = remaining(&row.left).map_err(|error| format!("  {error}"))?;
    let request = ResolutionRequest { remaining: Some(&remaining), ..asked.request() };
    let resolution = resolve(&world.catalogue, &request);
    let mut answer = Answer::of(world, &resolution);
    if let Some(received_on) = &row.received {
        answer.answer = Some(answer_of_server(
            world,
            &resolution,
            &request,
            row.superseded.as_deref(),
            received_on,
        )?);
    }
    let mut text = answer.compare(row);
    if select(&world.catalogue, &request) != resolution.outcome {
        text.push_str("  select and resolve answer differently\n");
    }
    if text.is_empty() {
        return Ok(());
    }
    let Asked { item, site, ordered, .. } = &asked;
    let mut shown = format!("{text}  asked     {} {item} for {site}, {ordered}\n", asked.quantity);
    for sentence in explain(&world.catalogue, &resolution) {
        let _ = writeln!(shown, "  it says   {sentence}");
    }
    Err(shown.trim_end().to_owned())
}

/// The rest of allotments, named "A" for a contract and "A/1" for a line. Others are as in the
/// release.
fn remaining(left: &BTreeMap<String, String>) -> Result<Remaining, String> {
    let mut remaining = Remaining::default();
    for (name, amount) in left {
        let (contract, line) = name
            .split_once('/')
            .map_or((name.as_str(), None), |(contract, line)| (contract, Some(line)));
        remaining.set(
            CommitmentId { contract: id(contract), line: line.map(id) },
            parse("quantity", amount)?,
        );
    }
    Ok(remaining)
}

impl Row {
    fn ask(&self) -> Ask {
        Ask {
            item: self.item.clone(),
            quantity: self.quantity.clone(),
            site: self.site.clone(),
            ordered: self.ordered.clone(),
            wanted: self.wanted.clone(),
        }
    }
}

struct Asked {
    item: String,
    quantity: String,
    site: calloff_core::ids::LocationId,
    ordered: String,
    amount: (rust_decimal::Decimal, Option<calloff_core::unit::Unit>),
    order_date: Date,
    order_time: Option<Time>,
    wanted: Option<Date>,
}

impl Asked {
    fn new(world: &World, asks: [&Ask; 3]) -> Result<Self, String> {
        let first = |field: fn(&Ask) -> &Option<String>, what: &str| {
            asks.iter()
                .find_map(|ask| field(ask).clone())
                .ok_or_else(|| format!("the row does not say {what:?}"))
        };
        let item = first(|ask| &ask.item, "item")?;
        let text = first(|ask| &ask.quantity, "quantity")?;
        let site = first(|ask| &ask.site, "site")?;
        let ordered = first(|ask| &ask.ordered, "ordered")?;
        let (order_date, order_time) = local(&ordered, world.zone(&site))?;
        let wanted =
            asks.iter().find_map(|ask| ask.wanted.as_deref()).filter(|day| !day.is_empty());
        Ok(Self {
            amount: quantity(&text)?,
            wanted: wanted.map(|day| parse("date", day)).transpose()?,
            site: parse("site", &site)?,
            quantity: text,
            item,
            ordered,
            order_date,
            order_time,
        })
    }

    fn request(&self) -> ResolutionRequest<'_> {
        ResolutionRequest {
            item: &self.item,
            quantity: self.amount.0,
            unit: self.amount.1,
            site: &self.site,
            order_date: self.order_date,
            order_time: self.order_time,
            requested_delivery_date: self.wanted,
            remaining: None,
        }
    }
}

/// "2025-03-30" or "2025-03-30 14:00" in the site's local time, or the instant
/// "2025-03-30T12:00:00Z".
fn local(text: &str, zone: &str) -> Result<(Date, Option<Time>), String> {
    if text.ends_with('Z') {
        let at: jiff::Timestamp = parse("instant", text)?;
        let wall = at.in_tz(zone).map_err(|error| error.to_string())?.datetime();
        return Ok((wall.date(), Some(wall.time())));
    }
    if text.contains(' ') {
        let wall: DateTime = parse("date and time", text)?;
        return Ok((wall.date(), Some(wall.time())));
    }
    Ok((parse("date", text)?, None))
}

/// The answer in the words of a row.
#[derive(Default)]
struct Answer {
    expect: String,
    supplies: Option<String>,
    orders: Option<String>,
    price: Option<String>,
    costs: Option<String>,
    delivered: Option<String>,
    adjusted: Option<String>,
    remains: Option<String>,
    ranks: Vec<String>,
    out: BTreeMap<String, String>,
    answer: Option<String>,
}

impl Answer {
    fn of(world: &World, resolution: &Resolution<'_>) -> Self {
        let name = |candidate: &Candidate<'_>| {
            world.name(candidate.contract.as_str(), candidate.version, candidate.line.as_str())
        };
        let mut answer = Self::default();
        for candidate in &resolution.candidates {
            match &candidate.verdict {
                CandidateVerdict::Eligible { .. } => answer.ranks.push(name(candidate)),
                CandidateVerdict::Rejected(reason) => {
                    answer.out.insert(name(candidate), variant(reason));
                }
            }
        }
        answer.expect = match &resolution.outcome {
            Outcome::NoSource(NoSource::AllRejected) => "nobody".to_owned(),
            Outcome::NoSource(reason) => format!("nobody: {}", variant(reason)),
            Outcome::Selected(selected) | Outcome::AdjustmentNeeded(selected, _) => {
                answer.supplies = Some(selected.item.to_string());
                answer.orders = Some(selected.quantity.to_string());
                answer.price = Some(selected.unit_price.to_string());
                answer.costs = Some(selected.amount.to_string());
                answer.delivered = Some(selected.delivery_date.to_string());
                world.name(selected.contract.as_str(), selected.version, selected.line.as_str())
            }
        };
        if let Outcome::AdjustmentNeeded(_, adjustment) = &resolution.outcome {
            answer.adjusted = Some(variant(&adjustment.reason));
            answer.remains =
                (!adjustment.remainder.value.is_zero()).then(|| adjustment.remainder.to_string());
        }
        answer
    }

    /// Every key in which the row and the answer differ. A row need not name everything, but it
    /// must name an adjustment.
    fn compare(&self, row: &Row) -> String {
        let mut differences = String::new();
        let mut differ = |key: &str, expected: String, got: String| {
            if expected != got {
                let _ = writeln!(
                    differences,
                    "  expected  {key} = {expected}\n  got       {key} = {got}"
                );
            }
        };
        let shown = |text: &Option<String>| {
            text.as_ref().map_or("nothing".to_owned(), |text| format!("{text:?}"))
        };
        differ("expect", format!("{:?}", row.expect), format!("{:?}", self.expect));
        let texts = [
            ("supplies", &row.supplies, &self.supplies),
            ("orders", &row.orders, &self.orders),
            ("price", &row.price, &self.price),
            ("costs", &row.costs, &self.costs),
            ("delivered", &row.delivered, &self.delivered),
            ("answer", &row.answer, &self.answer),
        ];
        for (key, expected, got) in texts.into_iter().filter(|(_, expected, _)| expected.is_some())
        {
            differ(key, shown(expected), shown(got));
        }
        differ("adjusted", shown(&row.adjusted), shown(&self.adjusted));
        differ("remains", shown(&row.remains), shown(&self.remains));
        if let Some(ranks) = &row.ranks {
            differ("ranks", format!("{ranks:?}"), format!("{:?}", self.ranks));
        }
        if let Some(out) = &row.out {
            differ("out", format!("{out:?}"), format!("{:?}", self.out));
        }
        differences
    }
}

/// The name of a reason, without its data.
fn variant(reason: &impl std::fmt::Debug) -> String {
    let text = format!("{reason:?}");
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Sends the selected line as an order, which the server receives on a site-local day. Returns
/// "accepted" or the code of the reason.
fn answer_of_server(
    world: &World,
    resolution: &Resolution<'_>,
    request: &ResolutionRequest<'_>,
    superseded: Option<&str>,
    received_on: &str,
) -> Result<String, String> {
    let Outcome::Selected(selected) = &resolution.outcome else {
        return Err("  only what is selected as asked can be sent".to_owned());
    };
    let superseded = superseded.map(|day| parse("date", day)).transpose()?;
    Ok(
        match received(
            request,
            selected,
            &world.catalogue,
            superseded,
            parse::<Date>("date", received_on)?.at(12, 0, 0, 0),
        ) {
            Ok(_) => "accepted".to_owned(),
            Err(reasons) => variant(&reasons[0]),
        },
    )
}
