use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CatalogueLine, Commitment, Contract, DeliverySchedule};
use crate::limits::OFFLINE_GRACE_DAYS;

/// The terms of a contract or of one of its lines, each of them optional.
///
/// A line's term supersedes the header's, term by term, only where the line has one:
/// [`Contract::terms_of`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    /// When an invoice is due.
    #[serde(default)]
    pub payment: Option<PaymentTerms>,
    /// Who carries cost and risk how far.
    #[serde(default)]
    pub delivery: Option<DeliveryTerms>,
    /// When the supplier delivers; without one, any day after the lead time.
    #[serde(default)]
    pub delivery_schedule: Option<DeliverySchedule>,
    /// Calendar days from order to delivery; none is 0.
    #[serde(default)]
    pub lead_time_days: Option<u16>,
    /// The least value of one purchase order, in the contract's currency.
    #[serde(default)]
    pub minimum_order_value: Option<Decimal>,
    /// What is added to or taken off the price. A line's list takes the place of the header's as a
    /// whole.
    #[serde(default)]
    pub allowance_charges: Option<Vec<AllowanceCharge>>,
    /// How far an invoice may depart from the order.
    #[serde(default)]
    pub invoice_tolerance: Option<InvoiceTolerance>,
    /// What an invoice is compared with.
    #[serde(default)]
    pub invoice_match: Option<InvoiceMatch>,
    /// The least that the organisation buys during the contract.
    #[serde(default)]
    pub minimum_commitment: Option<Commitment>,
    /// The most that the organisation buys during the contract.
    #[serde(default)]
    pub maximum_commitment: Option<Commitment>,
    /// Days for which an order resolved offline with a superseded release is honoured;
    /// [`Terms::grace_days`].
    #[serde(default)]
    pub offline_grace_days: Option<u16>,
}

impl Terms {
    /// Days for which an order resolved offline is honoured: [`OFFLINE_GRACE_DAYS`] where the
    /// contract does not say.
    #[must_use]
    pub fn grace_days(&self) -> u16 {
        self.offline_grace_days.unwrap_or(OFFLINE_GRACE_DAYS)
    }

    /// These terms, completed by a contract's where they say nothing.
    #[must_use]
    fn superseding(self, header: &Self) -> Self {
        Self {
            payment: self.payment.or(header.payment),
            delivery: self.delivery.or_else(|| header.delivery.clone()),
            delivery_schedule: self.delivery_schedule.or_else(|| header.delivery_schedule.clone()),
            lead_time_days: self.lead_time_days.or(header.lead_time_days),
            minimum_order_value: self.minimum_order_value.or(header.minimum_order_value),
            allowance_charges: self.allowance_charges.or_else(|| header.allowance_charges.clone()),
            invoice_tolerance: self.invoice_tolerance.or(header.invoice_tolerance),
            invoice_match: self.invoice_match.or(header.invoice_match),
            minimum_commitment: self.minimum_commitment.or(header.minimum_commitment),
            maximum_commitment: self.maximum_commitment.or(header.maximum_commitment),
            offline_grace_days: self.offline_grace_days.or(header.offline_grace_days),
        }
    }
}

impl Contract {
    /// The terms that hold for a line of this version: its own, and the header's where it has none.
    #[must_use]
    pub fn terms_of(&self, line: &CatalogueLine) -> Cow<'_, Terms> {
        match &line.terms {
            Some(own) => Cow::Owned(Terms::clone(own).superseding(&self.terms)),
            None => Cow::Borrowed(&self.terms),
        }
    }
}

/// When an invoice is due (UBL `PaymentTerms`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentTerms {
    /// Days until it is due.
    pub net_days: u16,
    /// What paying earlier earns.
    #[serde(default)]
    pub settlement_discount: Option<SettlementDiscount>,
}

/// "2 percent within 10 days".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettlementDiscount {
    /// How much is taken off.
    pub percentage: Percentage,
    /// For paying within so many days.
    pub within_days: u16,
}

/// Who carries cost and risk how far (UBL `DeliveryTerms`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryTerms {
    /// The rule.
    pub incoterm: Incoterm,
    /// The named place that the rule needs.
    pub place: String,
}

/// The rules of Incoterms 2020 (International Chamber of Commerce, publication 723).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Incoterm {
    /// Ex works.
    Exw,
    /// Free carrier.
    Fca,
    /// Carriage paid to.
    Cpt,
    /// Carriage and insurance paid to.
    Cip,
    /// Delivered at place.
    Dap,
    /// Delivered at place unloaded.
    Dpu,
    /// Delivered duty paid.
    Ddp,
    /// Free alongside ship.
    Fas,
    /// Free on board.
    Fob,
    /// Cost and freight.
    Cfr,
    /// Cost, insurance and freight.
    Cif,
}

/// Something added to or taken off the price (UBL `AllowanceCharge`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowanceCharge {
    /// Which way.
    pub kind: AllowanceChargeKind,
    /// Why: a charge's UNCL 7161 code ("FC", freight), an allowance's UNCL 5189 code ("41", bonus
    /// for works ahead of schedule).
    #[serde(default)]
    pub reason_code: Option<String>,
    /// Why, in words.
    #[serde(default)]
    pub reason: Option<String>,
    /// How much.
    pub value: AllowanceChargeValue,
    /// On what.
    pub per: AllowanceChargeBasis,
}

/// Which way an [`AllowanceCharge`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeKind {
    /// Taken off.
    Allowance,
    /// Added.
    Charge,
}

/// How much an [`AllowanceCharge`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeValue {
    /// So much, in the contract's currency.
    Amount(Decimal),
    /// A part of what it is on.
    Percentage(Percentage),
}

/// What an [`AllowanceCharge`] is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeBasis {
    /// Each purchase order.
    Order,
    /// Each order line.
    Line,
}

/// How far an invoice may depart from the order: exceeding either is a discrepancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvoiceTolerance {
    /// Of the ordered amount.
    #[serde(default)]
    pub percentage: Option<Percentage>,
    /// In the contract's currency.
    #[serde(default)]
    pub amount: Option<Decimal>,
}

/// What an invoice is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvoiceMatch {
    /// With the order's price.
    TwoWay,
    /// With the order's price and the quantity received.
    ThreeWay,
}

/// A percentage from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Percentage(Decimal);

/// Why a number is no percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no percentage: it must be from 0 to 100")]
pub struct NotAPercentage(pub Decimal);

impl Percentage {
    /// The number before the percent sign.
    #[must_use]
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for Percentage {
    type Error = NotAPercentage;
    fn try_from(value: Decimal) -> Result<Self, NotAPercentage> {
        let is_percentage = value >= Decimal::ZERO && value <= Decimal::ONE_HUNDRED;
        if is_percentage { Ok(Self(value)) } else { Err(NotAPercentage(value)) }
    }
}

impl From<Percentage> for Decimal {
    fn from(percentage: Percentage) -> Self {
        percentage.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::builder::{contract, decimal, line};

    #[test]
    fn a_line_supersedes_only_the_terms_that_it_has() {
        let header = Terms {
            lead_time_days: Some(5),
            minimum_order_value: Some(decimal("50")),
            payment: Some(PaymentTerms { net_days: 30, settlement_discount: None }),
            ..Terms::default()
        };
        let own =
            Terms { lead_time_days: Some(0), offline_grace_days: Some(2), ..Terms::default() };
        let plain = line("10", "flour", "9.80");
        let special = CatalogueLine { terms: Some(Box::new(own)), ..line("20", "flour", "9.90") };
        let contract = Contract {
            terms: header.clone(),
            ..contract("FA-1", "mill", "org", vec![plain, special])
        };
        assert_eq!(*contract.terms_of(&contract.lines[0]), header);
        let expected = Terms { lead_time_days: Some(0), offline_grace_days: Some(2), ..header };
        assert_eq!(*contract.terms_of(&contract.lines[1]), expected);
        assert_eq!(contract.terms_of(&contract.lines[0]).grace_days(), OFFLINE_GRACE_DAYS);
    }

    #[test]
    fn a_percentage_is_from_0_to_100() {
        assert_eq!(serde_json::from_str::<Percentage>("\"2.5\"").unwrap().value(), decimal("2.5"));
        for wrong in ["\"-0.1\"", "\"100.01\"", "\"much\""] {
            assert!(serde_json::from_str::<Percentage>(wrong).is_err(), "{wrong}");
        }
    }
}
