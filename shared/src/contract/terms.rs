use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CatalogueLine, Commitment, Contract, DeliverySchedule};
use crate::limits::OFFLINE_GRACE_DAYS;

/// The terms of a contract or of one of its lines. Each term is optional.
///
/// A line's term supersedes the contract's term only where the line has one:
/// [`Contract::terms_of`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    /// When an invoice must be paid.
    #[serde(default)]
    pub payment: Option<PaymentTerms>,
    /// Which party carries the cost and the risk of transport, and to which place.
    #[serde(default)]
    pub delivery: Option<DeliveryTerms>,
    /// The days of delivery. Without a schedule, the supplier delivers on any day after the lead
    /// time.
    #[serde(default)]
    pub delivery_schedule: Option<DeliverySchedule>,
    /// Calendar days from order to delivery. Absent means 0.
    #[serde(default)]
    pub lead_time_days: Option<u16>,
    /// The smallest value of one purchase order, in the contract's currency.
    #[serde(default)]
    pub minimum_order_value: Option<Decimal>,
    /// What is added to or subtracted from the price. A line's list replaces the whole list of the
    /// contract.
    #[serde(default)]
    pub allowance_charges: Option<Vec<AllowanceCharge>>,
    /// How much an invoice may differ from the order.
    #[serde(default)]
    pub invoice_tolerance: Option<InvoiceTolerance>,
    /// Whether an invoice is compared with the order only, or also with the received quantity.
    #[serde(default)]
    pub invoice_match: Option<InvoiceMatch>,
    /// The minimum that the organisation buys during the contract.
    #[serde(default)]
    pub minimum_commitment: Option<Commitment>,
    /// The maximum that the organisation buys during the contract.
    #[serde(default)]
    pub maximum_commitment: Option<Commitment>,
    /// How many days an order with the prices of a superseded release is still honoured. See
    /// [`Terms::grace_days`].
    #[serde(default)]
    pub offline_grace_days: Option<u16>,
}

impl Terms {
    /// How many days an order with the prices of a superseded release is still honoured.
    /// [`OFFLINE_GRACE_DAYS`] when the contract does not say it.
    #[must_use]
    pub fn grace_days(&self) -> u16 {
        self.offline_grace_days.unwrap_or(OFFLINE_GRACE_DAYS)
    }

    /// These terms. Where they are silent, the terms of `header`.
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
    /// The terms of a line of this version: the line's own terms, and the contract's terms for the
    /// rest.
    #[must_use]
    pub fn terms_of(&self, line: &CatalogueLine) -> Cow<'_, Terms> {
        match &line.terms {
            Some(own) => Cow::Owned(Terms::clone(own).superseding(&self.terms)),
            None => Cow::Borrowed(&self.terms),
        }
    }
}

/// When an invoice must be paid (UBL `PaymentTerms`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentTerms {
    /// The number of days from the invoice until it must be paid.
    pub net_days: u16,
    /// The discount for an earlier payment.
    #[serde(default)]
    pub settlement_discount: Option<SettlementDiscount>,
}

/// A discount for an early payment: "2 percent within 10 days".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettlementDiscount {
    /// The discount on the invoice amount.
    pub percentage: Percentage,
    /// The number of days within which the invoice must be paid to get the discount.
    pub within_days: u16,
}

/// Which party carries the cost and the risk of transport, and to which place (UBL
/// `DeliveryTerms`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryTerms {
    /// The Incoterms rule.
    pub incoterm: Incoterm,
    /// The named place that belongs to the rule.
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

/// An amount that is added to or subtracted from the price (UBL `AllowanceCharge`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowanceCharge {
    /// Whether it is subtracted (allowance) or added (charge).
    pub kind: AllowanceChargeKind,
    /// The code of the reason. For a charge it is a UNCL 7161 code ("FC": freight). For an
    /// allowance it is a UNCL 5189 code ("41": bonus for works ahead of schedule).
    #[serde(default)]
    pub reason_code: Option<String>,
    /// The reason, in words.
    #[serde(default)]
    pub reason: Option<String>,
    /// The amount or the percentage.
    pub value: AllowanceChargeValue,
    /// Whether it applies to each purchase order or to each order line.
    pub per: AllowanceChargeBasis,
}

/// Whether an [`AllowanceCharge`] is subtracted or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeKind {
    /// It is subtracted from the price.
    Allowance,
    /// It is added to the price.
    Charge,
}

/// The amount or the percentage of an [`AllowanceCharge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeValue {
    /// An amount, in the contract's currency.
    Amount(Decimal),
    /// A percentage of the purchase order or order line.
    Percentage(Percentage),
}

/// What an [`AllowanceCharge`] applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllowanceChargeBasis {
    /// Each purchase order.
    Order,
    /// Each order line.
    Line,
}

/// How much an invoice may differ from the order. Exceeding the percentage or the amount is a
/// discrepancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvoiceTolerance {
    /// The tolerance as a percentage of the ordered amount.
    #[serde(default)]
    pub percentage: Option<Percentage>,
    /// The tolerance as an amount, in the contract's currency.
    #[serde(default)]
    pub amount: Option<Decimal>,
}

/// What an invoice is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvoiceMatch {
    /// The invoice is compared with the price of the order.
    TwoWay,
    /// The invoice is compared with the price of the order and with the received quantity.
    ThreeWay,
}

/// A percentage from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Percentage(Decimal);

/// A number is not a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a percentage: it must be from 0 to 100")]
pub struct NotAPercentage(pub Decimal);

impl Percentage {
    /// The number before the percent sign, from 0 to 100.
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
