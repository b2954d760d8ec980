//! Money: exact decimals with an ISO 4217 currency, rounded once.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::quantity::Quantity;

/// Why an amount cannot be computed or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not an active ISO 4217 code.
    #[error("{0:?} is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    /// The result does not fit 28 digits.
    #[error("the amount is too large to compute exactly")]
    Overflow,
    /// Two amounts of different currencies cannot be added.
    #[error("amounts in {0} and {1} cannot be added")]
    CurrencyMismatch(Currency, Currency),
}

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = r"^[A-Z]{3}$")))]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    /// Stored with the code, because every amount is rounded to it.
    minor_units: u8,
}

/// The active ISO 4217 codes, by their number of minor units (decimal places). Codes without minor
/// units (metals, test and fund codes) are left out, because nobody orders in them.
const CURRENCIES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
         CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
         GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK \
         LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO \
         NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS \
         SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST \
         XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

impl Currency {
    /// Reads an active ISO 4217 code, such as `USD`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for any other text.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.to_owned());
        let lists =
            |(_, codes): &&(u8, &str)| codes.split_ascii_whitespace().any(|listed| listed == code);
        let (minor_units, _) = CURRENCIES.iter().find(lists).ok_or_else(unknown)?;
        let code = code.as_bytes().try_into().map_err(|_| unknown())?;
        Ok(Self { code, minor_units: *minor_units })
    }

    /// The three letters of the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// The number of decimal places of an amount: JPY 0, USD 2, KWD 3.
    #[must_use]
    pub fn minor_units(&self) -> u32 {
        u32::from(self.minor_units)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount. A line amount has the currency's minor units. A unit price keeps its own scale.
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount of zero.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::new(0, currency.minor_units()), currency }
    }

    /// The sum of both amounts.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] for different currencies, [`MoneyError::Overflow`] for a
    /// sum that is too large.
    pub fn checked_add(&self, other: &Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, currency: self.currency })
    }

    /// An amount from its number of minor units: 1234 is 12.34 USD, 1234 JPY or 1.234 KWD.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn from_minor_units(minor_units: i128, currency: Currency) -> Result<Self, MoneyError> {
        Decimal::try_from_i128_with_scale(minor_units, currency.minor_units())
            .map(|amount| Self { amount, currency })
            .map_err(|_| MoneyError::Overflow)
    }

    /// The amount as a number of minor units: 12.34 USD and 12.340 USD are 1234.
    ///
    /// `None` if it is not a whole number of minor units, or does not fit 64 bits.
    #[must_use]
    pub fn to_minor_units(&self) -> Option<i64> {
        let amount = self.amount.normalize();
        let missing = self.currency.minor_units().checked_sub(amount.scale())?;
        let minor_units = amount.mantissa().checked_mul(10_i128.checked_pow(missing)?)?;
        i64::try_from(minor_units).ok()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// A price: an amount per base quantity of a unit (UBL `Price/PriceAmount` and
/// `Price/BaseQuantity`), "12.40 per 100 EA".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Price {
    /// The amount, with the scale of the source.
    pub amount: Decimal,
    /// The quantity that the amount buys, in the line's orderable unit or in the item's base unit.
    pub base_quantity: Quantity,
}

/// The amount of a line: price × (quantity ÷ base quantity), with both quantities in the price's
/// unit. It is rounded once, half-even, to the currency's minor units.
///
/// # Errors
/// [`MoneyError::Overflow`] for a result that is too large, or for a base quantity of zero.
pub fn line_amount(
    price: Decimal,
    base_quantity: Decimal,
    quantity: Decimal,
    currency: Currency,
) -> Result<Money, MoneyError> {
    let amount = price
        .checked_mul(quantity)
        .and_then(|total| total.checked_div(base_quantity))
        .ok_or(MoneyError::Overflow)?;
    Ok(Money { amount: round(amount, currency), currency })
}

/// Rounds half-even to the currency's minor units. The result has exactly that many decimal places.
#[must_use]
pub fn round(amount: Decimal, currency: Currency) -> Decimal {
    let mut rounded = amount
        .round_dp_with_strategy(currency.minor_units(), RoundingStrategy::MidpointNearestEven);
    rounded.rescale(currency.minor_units());
    rounded
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_rounded_once_half_even_to_minor_units() {
        let amount = |price, base, quantity, currency| {
            line_amount(dec(price), dec(base), dec(quantity), Currency::parse(currency).unwrap())
                .unwrap()
                .amount
                .to_string()
        };
        assert_eq!(amount("0.00417", "1", "1000", "USD"), "4.17");
        assert_eq!(amount("0.125", "1", "1", "USD"), "0.12");
        assert_eq!(amount("0.135", "1", "1", "USD"), "0.14");
        assert_eq!(amount("12.40", "100", "50", "EUR"), "6.20");
        assert_eq!(amount("2.5", "1", "1", "JPY"), "2");
        assert_eq!(amount("1", "3", "1", "KWD"), "0.333");
        assert_eq!(amount("5", "1", "2", "USD"), "10.00");
    }

    #[test]
    fn overflow_and_a_zero_base_are_errors_not_panics() {
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(line_amount(Decimal::MAX, dec("1"), dec("10"), usd), Err(MoneyError::Overflow));
        assert_eq!(line_amount(dec("1"), dec("0"), dec("10"), usd), Err(MoneyError::Overflow));
    }

    #[test]
    fn an_amount_is_a_whole_number_of_its_currencys_minor_units_or_none() {
        let minor_units = |amount: &str, currency: &str| {
            let currency = Currency::parse(currency).unwrap();
            let minor_units = Money { amount: dec(amount), currency }.to_minor_units();
            if let Some(minor_units) = minor_units {
                let back = Money::from_minor_units(minor_units.into(), currency).unwrap();
                assert_eq!(
                    (back.amount, back.amount.scale()),
                    (dec(amount), currency.minor_units())
                );
            }
            minor_units
        };
        assert_eq!(minor_units("12.34", "USD"), Some(1_234));
        assert_eq!(minor_units("12.3", "USD"), Some(1_230));
        assert_eq!(minor_units("12.34000", "USD"), Some(1_234));
        assert_eq!(minor_units("12.345", "USD"), None);
        assert_eq!(minor_units("1234", "JPY"), Some(1_234));
        assert_eq!(minor_units("1234.0", "JPY"), Some(1_234));
        assert_eq!(minor_units("0.5", "JPY"), None);
        assert_eq!(minor_units("0.001", "KWD"), Some(1));
        assert_eq!(minor_units("-0.0001", "CLF"), Some(-1));
        assert_eq!(minor_units("92233720368547758.07", "USD"), Some(i64::MAX));
        assert_eq!(minor_units("92233720368547758.08", "USD"), None);
        assert_eq!(minor_units("79228162514264337593543950335", "CLF"), None);
        let too_much = Money::from_minor_units(i128::MAX, Currency::parse("USD").unwrap());
        assert_eq!(too_much, Err(MoneyError::Overflow));
    }

    #[test]
    fn withdrawn_and_invented_codes_are_refused() {
        for code in ["DEM", "XXX", "usd", "US", "USDX", ""] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    /// Our table agrees with the published ISO 4217 list.
    #[test]
    #[ignore = "needs the real data"]
    fn the_table_agrees_with_iso_4217() {
        let file = crate::sample::shared_data("codes/iso4217.csv").expect("the real data");
        let text = std::fs::read_to_string(file).unwrap();
        let mut published = BTreeMap::new();
        for line in text.lines().skip(1) {
            let mut cells = line.rsplit(',');
            let (withdrawn, minor_units) = (cells.next().unwrap(), cells.next().unwrap());
            let code = cells.nth(1).unwrap();
            if withdrawn.is_empty()
                && let Ok(minor_units) = minor_units.parse::<u8>()
            {
                published.insert(code.to_owned(), minor_units);
            }
        }
        let ours: BTreeMap<String, u8> = CURRENCIES
            .iter()
            .flat_map(|(minor, codes)| {
                codes.split_ascii_whitespace().map(|code| (code.to_owned(), *minor))
            })
            .collect();
        assert_eq!(ours, published);
    }
}
