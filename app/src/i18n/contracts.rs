//! Contracts in words, in every language: what was agreed, what a line says, and what differs.

use calloff_core::calendar::{Date, IsoWeekday, Validity};
use calloff_core::contract::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue,
    CatalogueLine, Commitment, CommitmentSide, DeliverySchedule, InvoiceMatch, InvoiceTolerance,
    Measure, PaymentTerms, PriceDateBasis, Strength, Terms,
};
use calloff_core::money::Currency;
use calloff_core::quantity::Quantity;
use calloff_core::unit::Unit;
use calloff_core::wire::{CommitmentUse, ContractHeader};
use rust_decimal::Decimal;

use super::{Language, Text, day, decimal, fill, grouped, price, quantity, unit_name};

/// The most names of a list that are written out.
const NAMES: usize = 12;

/// A name and its value, both ready for a screen.
pub type Fact = (Text, String);

/// Facts that differ: the name, the value before and the value after. A missing value is empty.
pub type ChangedFact = (Text, String, String);

/// The days on which something holds: "1 March 2026 to 31 December 2026". Empty for all days.
#[must_use]
pub fn validity_words(validity: &Validity, language: Language) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    let first = (validity.start != Date::MIN).then(|| day(validity.start, language));
    match (first, validity.end.map(|end| day(end, language))) {
        (Some(from), Some(to)) => say(Text::ValidFromTo, &[("from", &from), ("to", &to)]),
        (Some(from), None) => say(Text::ValidFrom, &[("from", &from)]),
        (None, Some(to)) => say(Text::ValidTo, &[("to", &to)]),
        (None, None) => String::new(),
    }
}

/// How many days there are until the last day, or since it.
#[must_use]
pub fn days_left_words(days: i32, language: Language) -> String {
    let text = match days {
        0 => Text::DaysLeftNone,
        1 => Text::DaysLeftOne,
        -1 => Text::DaysOverOne,
        2.. => Text::DaysLeftMany,
        _ => Text::DaysOverMany,
    };
    let count = grouped(&days.unsigned_abs().to_string(), language);
    fill(text.in_language(language), &[("count", &count)])
}

/// A percentage with its sign: "+5 %", "−2.5 %".
#[must_use]
pub fn rise_words(percent: Decimal, language: Language) -> String {
    let sign = if percent > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}\u{a0}%", decimal(percent, language))
}

/// How much of a commitment was ordered: "62 % of min. 100,000.00 EUR". A commitment of zero
/// has no percentage.
#[must_use]
pub fn commitment_use_words(
    used: &CommitmentUse,
    currency: Currency,
    language: Language,
) -> String {
    let measure = measure_words(&used.measure, currency, language);
    let Some(percent) = used.percent else { return measure };
    let text = match used.side {
        CommitmentSide::Minimum => Text::CommitmentUsedMinimum,
        CommitmentSide::Maximum => Text::CommitmentUsedMaximum,
    };
    let percent = decimal(percent, language);
    fill(text.in_language(language), &[("percent", &percent), ("measure", &measure)])
}

fn measure_words(measure: &Measure, currency: Currency, language: Language) -> String {
    match measure {
        Measure::Quantity(of) => quantity(of, language),
        Measure::Value(value) => price(*value, currency, language),
    }
}

/// Names with commas between them. A long list is cut: "North, South and 3 more".
#[must_use]
pub fn names_words(names: &[String], language: Language) -> String {
    let (shown, rest) = names.split_at(names.len().min(NAMES));
    let shown = shown.join(", ");
    if rest.is_empty() {
        return shown;
    }
    let count = grouped(&rest.len().to_string(), language);
    let text = Text::NamesAndMore.in_language(language);
    fill(text, &[("names", &shown), ("count", &count)])
}

/// What was agreed, beside scope and lines, in the order in which people read it.
#[must_use]
pub fn contract_terms(header: &ContractHeader, language: Language) -> Vec<Fact> {
    let contract = &header.contract;
    let basis = match contract.price_date_basis {
        PriceDateBasis::OrderDate => Text::TermPriceOrderDay,
        PriceDateBasis::RequestedDeliveryDate => Text::TermPriceDeliveryDay,
    };
    let mut facts = vec![
        (Text::TermCurrency, contract.currency.to_string()),
        (Text::TermPriceDate, basis.in_language(language).to_owned()),
    ];
    if let Some(priority) = contract.priority {
        facts.push((Text::TermPriority, priority.to_string()));
    }
    facts.extend(terms_words(&contract.terms, contract.currency, language));
    facts
}

/// Everything of a version that is not a line, for a comparison with another version.
#[must_use]
pub fn header_facts(header: &ContractHeader, language: Language) -> Vec<Fact> {
    let contract = &header.contract;
    let owner = header.owner.clone();
    let mut facts = vec![
        (Text::ContractTitle, contract.title.clone()),
        (Text::Supplier, header.supplier_name.clone()),
        (
            Text::ContractOwner,
            owner.unwrap_or_else(|| Text::ContractOwnerNone.in_language(language).to_owned()),
        ),
        (Text::ContractValid, validity_words(&contract.validity, language)),
    ];
    facts.extend(contract_terms(header, language));
    facts
}

/// The facts that differ. A fact of only one side has an empty value on the other.
#[must_use]
pub fn changed_facts(before: &[Fact], after: &[Fact]) -> Vec<ChangedFact> {
    let of = |facts: &[Fact], name: Text| {
        facts.iter().find(|fact| fact.0 == name).map(|fact| fact.1.clone()).unwrap_or_default()
    };
    let gone = before.iter().filter(|fact| !after.iter().any(|other| other.0 == fact.0));
    let names = after.iter().chain(gone).map(|fact| fact.0);
    let changes = names.map(|name| (name, of(before, name), of(after, name)));
    changes.filter(|(_, from, to)| from != to).collect()
}

/// What changes in a list of names: those that came, and those that went.
#[must_use]
pub fn changed_names(
    name: Text,
    before: &[String],
    after: &[String],
    language: Language,
) -> Option<ChangedFact> {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).cloned().collect()
    };
    let (gone, new) = (only(before, after), only(after, before));
    let differs = !(gone.is_empty() && new.is_empty());
    differs.then(|| (name, names_words(&gone, language), names_words(&new, language)))
}

/// Terms of a contract or of one line.
fn terms_words(terms: &Terms, currency: Currency, language: Language) -> Vec<Fact> {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    let plain = |text: Text| text.in_language(language).to_owned();
    let Terms {
        payment,
        delivery,
        delivery_schedule,
        lead_time_days,
        minimum_order_value,
        allowance_charges,
        invoice_tolerance,
        invoice_match,
        minimum_commitment,
        maximum_commitment,
        offline_grace_days,
    } = terms;
    let mut facts = Vec::new();
    if let Some(schedule) = delivery_schedule {
        facts.push((Text::TermSchedule, schedule_words(schedule, language)));
        if !schedule.holidays.is_empty() {
            facts.push((Text::TermHolidays, holidays_words(schedule, language)));
        }
    }
    if let Some(days) = lead_time_days {
        let text = if *days == 1 { Text::TermLeadDay } else { Text::TermLeadDays };
        facts.push((Text::TermLeadTime, say(text, &[("count", &days.to_string())])));
    }
    if let Some(value) = minimum_order_value {
        facts.push((Text::TermMinimumValue, price(*value, currency, language)));
    }
    if let Some(charges) = allowance_charges.as_ref().filter(|charges| !charges.is_empty()) {
        let charges = charges.iter().map(|charge| charge_words(charge, currency, language));
        facts.push((Text::TermCharges, charges.collect::<Vec<_>>().join("; ")));
    }
    if let Some(payment) = payment {
        facts.push((Text::TermPayment, payment_words(payment, language)));
    }
    if let Some(delivery) = delivery {
        let incoterm = format!("{:?}", delivery.incoterm).to_uppercase();
        facts.push((Text::TermDelivery, format!("{incoterm} {}", delivery.place)));
    }
    for (name, commitment) in
        [(Text::TermMinimum, minimum_commitment), (Text::TermMaximum, maximum_commitment)]
    {
        if let Some(commitment) = commitment {
            facts.push((name, commitment_words(commitment, name, currency, language)));
        }
    }
    if let Some(tolerance) = invoice_tolerance {
        let words = tolerance_words(tolerance, currency, language);
        facts.extend(words.map(|words| (Text::TermTolerance, words)));
    }
    if let Some(compared) = invoice_match {
        let text = match compared {
            InvoiceMatch::TwoWay => Text::TermMatchTwo,
            InvoiceMatch::ThreeWay => Text::TermMatchThree,
        };
        facts.push((Text::TermMatch, plain(text)));
    }
    if let Some(days) = offline_grace_days {
        let words = say(Text::TermGraceDays, &[("count", &days.to_string())]);
        facts.push((Text::TermGrace, words));
    }
    facts
}

fn schedule_words(schedule: &DeliverySchedule, language: Language) -> String {
    let mut numbers: Vec<i8> = schedule.weekdays.clone();
    numbers.sort_unstable();
    let name = |number: &i8| {
        let weekday = IsoWeekday::try_from(number.unsigned_abs()).ok()?;
        Some(weekday_text(weekday).in_language(language))
    };
    let names: Vec<&str> = numbers.iter().filter_map(name).collect();
    let days = if names.is_empty() {
        Text::TermNoDays.in_language(language).to_owned()
    } else {
        names.join(", ")
    };
    match schedule.cut_off {
        Some(time) => {
            let time = format!("{:02}:{:02}", time.hour(), time.minute());
            let text = Text::TermCutOff.in_language(language);
            fill(text, &[("days", &days), ("time", &time)])
        }
        None => days,
    }
}

fn weekday_text(weekday: IsoWeekday) -> Text {
    match weekday.number() {
        1 => Text::Monday,
        2 => Text::Tuesday,
        3 => Text::Wednesday,
        4 => Text::Thursday,
        5 => Text::Friday,
        6 => Text::Saturday,
        _ => Text::Sunday,
    }
}

fn holidays_words(schedule: &DeliverySchedule, language: Language) -> String {
    let one = |(holiday, instead): (&Date, &Option<Date>)| {
        let holiday = day(*holiday, language);
        match instead {
            Some(instead) => {
                let text = Text::TermInstead.in_language(language);
                fill(text, &[("day", &holiday), ("instead", &day(*instead, language))])
            }
            None => holiday,
        }
    };
    names_words(&schedule.holidays.iter().map(one).collect::<Vec<_>>(), language)
}

fn payment_words(payment: &PaymentTerms, language: Language) -> String {
    let days = payment.net_days.to_string();
    let terms = fill(Text::TermNetDays.in_language(language), &[("days", &days)]);
    match payment.settlement_discount {
        Some(discount) => {
            let percent = decimal(discount.percentage.value(), language);
            let days = discount.within_days.to_string();
            let values = [("terms", terms.as_str()), ("percent", &percent), ("days", &days)];
            fill(Text::TermDiscount.in_language(language), &values)
        }
        None => terms,
    }
}

fn charge_words(charge: &AllowanceCharge, currency: Currency, language: Language) -> String {
    let (kind, sign) = match charge.kind {
        AllowanceChargeKind::Allowance => (Text::Allowance, "−"),
        AllowanceChargeKind::Charge => (Text::Charge, "+"),
    };
    let value = match &charge.value {
        AllowanceChargeValue::Amount(amount) => price(*amount, currency, language),
        AllowanceChargeValue::Percentage(percent) => {
            format!("{}\u{a0}%", decimal(percent.value(), language))
        }
    };
    let value = format!("{sign}{value}");
    let reason = charge.reason.clone().unwrap_or_else(|| kind.in_language(language).to_owned());
    let text = match charge.per {
        AllowanceChargeBasis::Order => Text::ChargePerOrder,
        AllowanceChargeBasis::Line => Text::ChargePerLine,
    };
    fill(text.in_language(language), &[("reason", &reason), ("value", &value)])
}

/// `None` for a tolerance that sets no limit.
fn tolerance_words(
    tolerance: &InvoiceTolerance,
    currency: Currency,
    language: Language,
) -> Option<String> {
    let percent = tolerance.percentage.map(|percent| decimal(percent.value(), language));
    let amount = tolerance.amount.map(|amount| price(amount, currency, language));
    match (percent, amount) {
        (Some(percent), Some(amount)) => {
            let text = Text::TermToleranceBoth.in_language(language);
            Some(fill(text, &[("percent", &percent), ("amount", &amount)]))
        }
        (Some(percent), None) => Some(format!("{percent}\u{a0}%")),
        (None, amount) => amount,
    }
}

/// A hard maximum is divided among the sites. A minimum never is.
fn commitment_words(
    commitment: &Commitment,
    name: Text,
    currency: Currency,
    language: Language,
) -> String {
    let measure = measure_words(&commitment.measure, currency, language);
    match (name, commitment.strength) {
        (Text::TermMaximum, Strength::Hard) => {
            fill(Text::TermHard.in_language(language), &[("measure", &measure)])
        }
        (_, Strength::Hard | Strength::Soft) => measure,
    }
}

/// What one orderable unit holds: "1 case = 24 pieces". `None` if it is the item's base unit.
#[must_use]
pub fn pack_words(
    line: &CatalogueLine,
    base_unit: Option<Unit>,
    language: Language,
) -> Option<String> {
    let base = base_unit?;
    if base == line.orderable_unit && line.content == Decimal::ONE {
        return None;
    }
    let unit = unit_name(line.orderable_unit, language);
    let content = quantity(&Quantity::new(line.content, base), language);
    let text = Text::PackHolds.in_language(language);
    Some(fill(text, &[("unit", &unit), ("content", &content)]))
}

/// Which quantities of a line can be ordered. Empty if any whole number can.
#[must_use]
pub fn quantity_rules(line: &CatalogueLine, language: Language) -> Vec<Fact> {
    let counted = |value: Decimal| quantity(&Quantity::new(value, line.orderable_unit), language);
    let mut facts = Vec::new();
    if let Some(minimum) = line.minimum_order_quantity {
        facts.push((Text::LineMinimum, counted(minimum)));
    }
    if let Some(maximum) = line.maximum_order_quantity {
        facts.push((Text::LineMaximum, counted(maximum)));
    }
    if let Some(step) = line.order_quantity_increment {
        facts.push((Text::LineStep, counted(step)));
    }
    if line.divisible.is_some() || line.orderable_unit.is_divisible() {
        let text = if line.is_divisible() { Text::LineDivisibleYes } else { Text::LineDivisibleNo };
        facts.push((Text::LineDivisible, text.in_language(language).to_owned()));
    }
    facts
}

/// Everything of a line except its prices.
#[must_use]
pub fn line_facts(
    line: &CatalogueLine,
    (currency, base_unit): (Currency, Option<Unit>),
    language: Language,
) -> Vec<Fact> {
    let mut facts = vec![(Text::Item, line.item.to_string())];
    if let Some(number) = &line.supplier_item_number {
        facts.push((Text::ColumnSupplierNumber, number.to_string()));
    }
    let unit = pack_words(line, base_unit, language);
    facts.push((
        Text::LinePack,
        match (unit, &line.package_description) {
            (Some(pack), Some(words)) => format!("{pack} ({words})"),
            (Some(pack), None) => pack,
            (None, Some(words)) => {
                format!("{} ({words})", unit_name(line.orderable_unit, language))
            }
            (None, None) => unit_name(line.orderable_unit, language),
        },
    ));
    facts.extend(quantity_rules(line, language));
    if let Some(validity) = &line.validity {
        facts.push((Text::ContractValid, validity_words(validity, language)));
    }
    facts.extend(special_rules(line, currency, language));
    facts
}

/// The line's own terms, and what else is rare.
#[must_use]
pub fn special_rules(line: &CatalogueLine, currency: Currency, language: Language) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(terms) = &line.terms {
        facts.extend(terms_words(terms, currency, language));
    }
    if let Some(territory) = &line.territory {
        let count = (territory.included.len() + territory.excluded.len()).to_string();
        let text = Text::LineTerritoryPlaces.in_language(language);
        facts.push((Text::LineTerritory, fill(text, &[("count", &grouped(&count, language))])));
    }
    if line.replaces.is_some() {
        facts.push((Text::LineReplaces, Text::LineReplacesOther.in_language(language).to_owned()));
    }
    facts
}

#[cfg(test)]
mod tests {
    use calloff_core::contract::{Contract, DeliveryTerms, Incoterm, Scope, SettlementDiscount};
    use calloff_core::sample::builder::{
        between, contract, currency, day as date, decimal as dec, id, packed_line, percentage,
        tier, unit,
    };

    use super::*;

    fn header(terms: Terms) -> ContractHeader {
        ContractHeader {
            contract: Contract {
                scope: Scope::of(id("org")),
                terms,
                ..contract("FA-1", "mill", "org", Vec::new())
            },
            supplier_name: "Mill".to_owned(),
            owner: None,
            included: vec!["Org".to_owned()],
            excluded: Vec::new(),
            sites: 3,
        }
    }

    fn said(facts: &[Fact], name: Text) -> Option<&str> {
        facts.iter().find(|fact| fact.0 == name).map(|fact| fact.1.as_str())
    }

    #[test]
    fn terms_are_read_as_people_say_them() {
        let terms = Terms {
            payment: Some(PaymentTerms {
                net_days: 30,
                settlement_discount: Some(SettlementDiscount {
                    percentage: percentage("2"),
                    within_days: 10,
                }),
            }),
            delivery: Some(DeliveryTerms { incoterm: Incoterm::Ddp, place: "Berlin".to_owned() }),
            delivery_schedule: Some(DeliverySchedule {
                weekdays: vec![5, 2],
                cut_off: Some(jiff::civil::time(14, 0, 0, 0)),
                holidays: [(date("2026-12-25"), Some(date("2026-12-24")))].into(),
            }),
            minimum_order_value: Some(dec("50")),
            maximum_commitment: Some(Commitment {
                measure: Measure::Value(dec("100000")),
                strength: Strength::Hard,
            }),
            ..Terms::default()
        };
        let facts = contract_terms(&header(terms), Language::English);
        let fact = |name| said(&facts, name).unwrap().replace('\u{a0}', " ");
        assert_eq!(
            fact(Text::TermPayment),
            "within 30 days of the invoice; 2 % off within 10 days"
        );
        assert_eq!(fact(Text::TermDelivery), "DDP Berlin");
        assert_eq!(fact(Text::TermSchedule), "Tuesday, Friday; order by 14:00 at the site");
        assert_eq!(fact(Text::TermHolidays), "25 December 2026 (instead on 24 December 2026)");
        assert_eq!(fact(Text::TermMinimumValue), "50.00 EUR");
        assert_eq!(fact(Text::TermMaximum), "100,000.00 EUR, divided among the sites");
        assert_eq!(said(&facts, Text::TermMinimum), None);
    }

    #[test]
    fn only_what_differs_is_listed_also_what_is_new_or_gone() {
        let days = |days| Terms { lead_time_days: days, ..Terms::default() };
        let facts = |terms| header_facts(&header(terms), Language::English);
        let changes = changed_facts(&facts(days(Some(1))), &facts(days(Some(3))));
        let day = "1 day after the order".to_owned();
        assert_eq!(
            changes,
            [(Text::TermLeadTime, day.clone(), "3 days after the order".to_owned())]
        );
        let gone = changed_facts(&facts(days(Some(1))), &facts(days(None)));
        assert_eq!(gone, [(Text::TermLeadTime, day, String::new())]);
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let change = changed_names(
            Text::ScopeIncluded,
            &names(&["North", "South"]),
            &names(&["South", "West"]),
            Language::English,
        );
        assert_eq!(change, Some((Text::ScopeIncluded, "North".to_owned(), "West".to_owned())));
    }

    #[test]
    fn a_line_says_its_pack_and_its_quantities() {
        let line = CatalogueLine {
            minimum_order_quantity: Some(dec("4")),
            order_quantity_increment: Some(dec("2")),
            divisible: Some(false),
            validity: Some(between("2026-03-01", "2026-12-31")),
            ..packed_line("20", "gloves", "XBX", "100", vec![tier("1", "6.10", "XBX")])
        };
        let facts = line_facts(&line, (currency("EUR"), Some(unit("EA"))), Language::German);
        let fact = |name| said(&facts, name).unwrap().replace('\u{a0}', " ");
        assert!(fact(Text::LinePack).contains("= 100"), "{}", fact(Text::LinePack));
        assert!(fact(Text::LineMinimum).starts_with("4 "));
        assert_eq!(fact(Text::ContractValid), "1. März 2026 bis 31. Dezember 2026");
        assert_eq!(fact(Text::LineDivisible), "nicht bestellbar");
    }

    #[test]
    fn long_lists_are_cut_and_days_are_counted() {
        let names: Vec<String> = (1..=15).map(|number| format!("Site {number}")).collect();
        assert!(names_words(&names, Language::English).ends_with("Site 12 and 3 more"));
        assert_eq!(days_left_words(1, Language::English), "1 day left");
        assert_eq!(days_left_words(0, Language::German), "heute letzter Tag");
        assert_eq!(days_left_words(-1_000, Language::English), "over for 1,000 days");
        assert_eq!(rise_words(dec("2.50"), Language::German), "+2,5\u{a0}%");
        assert_eq!(rise_words(dec("-3"), Language::English), "−3\u{a0}%");
    }
}
