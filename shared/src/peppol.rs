//! The names of the Peppol network: who takes part, in which country, in which units.
//!
//! The lists are those of the Peppol code lists, which the rules of each document check. A document
//! with a name that is not in them is refused on the way.

use std::fmt;
use std::str::FromStr;

use crate::unit::Unit;

/// The schemes of electronic addresses (EAS) whose identifiers Calloff can check, or which have no
/// rule. Those of Italy and Australia have rules that Calloff does not know.
const SCHEMES: &str = "0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0183 0184 0188 0190 \
    0191 0192 0195 0196 0198 0199 0200 0204 0208 0209 0216 0218 0221 0225 0230 0235 0240 0242 \
    0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 \
    9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 \
    9947 9948 9949 9950 9951 9952 9953 9957 9959";

/// The countries (ISO 3166-1 alpha-2), with the two codes that Peppol adds.
const COUNTRIES: &str = "1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH \
    BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX \
    CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM \
    GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG \
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN \
    MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
    PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST \
    SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS XI YE YT ZA ZM ZW";

/// The package codes of UN/ECE Recommendation 21, without the `X` in front.
const PACKAGES: &str = "1A 1B 1D 1F 1G 1W 2C 3A 3H 4A 4B 4C 4D 4F 4G 4H 5H 5L 5M 6H 6P 7A 7B 8A 8B 8C 43 44 AA \
    AB AC AD AE AF AG AH AI AJ AL AM AP AT AV B4 BA BB BC BD BE BF BG BH BI BJ BK BL BM BN \
    BO BP BQ BR BS BT BU BV BW BX BY BZ CA CB CC CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ \
    CR CS CT CU CV CW CX CY CZ DA DB DC DG DH DI DJ DK DL DM DN DP DR DS DT DU DV DW DX DY \
    EC ED EE EF EG EH EI EN FB FC FD FE FI FL FO FP FR FT FW FX GB GI GL GR GU GY GZ HA HB \
    HC HG HN HR IA IB IC ID IE IF IG IH IK IL IN IZ JB JC JG JR JT JY KG KI LE LG LT LU LV \
    LZ MA MB MC ME MR MS MT MW MX NA NE NF NG NS NT NU NV O1 O2 O3 O4 O5 O6 O7 O8 O9 OA OB \
    OC OD OE OF OG OH OI OJ OK OL OM ON OP OQ OR OS OT OU OV OW OX OY OZ P1 P2 P3 P4 PA PB \
    PC PD PE PF PG PH PI PJ PK PL PN PO PP PR PT PU PV PX PY PZ QA QB QC QD QF QG QH QJ QK \
    QL QM QN QP QQ QR QS RD RG RJ RK RL RO RT RZ SA SB SC SD SE SH SI SK SL SM SO SP SS ST \
    SU SV SW SX SY SZ T1 TB TC TD TE TG TI TK TL TN TO TR TS TT TU TV TW TY TZ UC UN VA VG \
    VI VK VL VN VO VP VQ VR VS VY WA WB WC WD WF WG WH WJ WK WL WM WN WP WQ WR WS WT WU WV \
    WW WX WY WZ XA XB XC XD XF XG XH XJ XK YA YB YC YD YF YG YH YJ YK YL YM YN YP YQ YR YS \
    YT YV YW YX YY YZ ZA ZB ZC ZD ZF ZG ZH ZJ ZK ZL ZM ZN ZP ZQ ZR ZS ZT ZU ZV ZW ZX ZY ZZ";

/// An address in the Peppol network: a scheme (EAS code) and an identifier, as in
/// `0088:7300010000001`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    scheme: String,
    id: String,
}

/// Why a text is no address in the Peppol network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParticipantError {
    /// It has no colon, or nothing on one side of it.
    #[error("{0:?} is no Peppol address: write scheme:identifier, such as 0088:7300010000001")]
    NoScheme(String),
    /// Peppol does not know the scheme, or Calloff cannot check its identifiers.
    #[error("{0:?} is no scheme of Peppol addresses that Calloff knows: 0088 is the GLN")]
    UnknownScheme(String),
    /// The identifier breaks the rule of its scheme.
    #[error("{id:?} is no identifier of the scheme {scheme}: look for a wrong digit")]
    BadIdentifier {
        /// The scheme.
        scheme: String,
        /// The identifier.
        id: String,
    },
}

impl Participant {
    /// The scheme, an EAS code.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl FromStr for Participant {
    type Err = ParticipantError;

    fn from_str(text: &str) -> Result<Self, ParticipantError> {
        let parts =
            text.split_once(':').filter(|(scheme, id)| !scheme.is_empty() && !id.is_empty());
        let (scheme, id) = parts.ok_or_else(|| ParticipantError::NoScheme(text.to_owned()))?;
        if !SCHEMES.split_whitespace().any(|known| known == scheme) {
            return Err(ParticipantError::UnknownScheme(scheme.to_owned()));
        }
        let (scheme, id) = (scheme.to_owned(), id.to_owned());
        if is_identifier(&scheme, &id) {
            Ok(Self { scheme, id })
        } else {
            Err(ParticipantError::BadIdentifier { scheme, id })
        }
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.id)
    }
}

/// Whether a text is the code of a country.
#[must_use]
pub fn is_country(code: &str) -> bool {
    COUNTRIES.split_whitespace().any(|known| known == code)
}

/// Whether Peppol knows a unit. It knows all Recommendation 20 units that Calloff knows, and the
/// packages of its list.
#[must_use]
pub fn has_unit(unit: Unit) -> bool {
    !unit.is_package()
        || PACKAGES.split_whitespace().any(|known| Some(known) == unit.as_str().get(1..))
}

/// Whether a text is a GS1 location number with the right check digit.
#[must_use]
pub fn is_gln(text: &str) -> bool {
    let weight = |at: usize| if at.is_multiple_of(2) { 1 } else { 3 };
    text.len() == 13 && weighted(text, weight).is_some_and(|sum| sum.is_multiple_of(10))
}

/// Whether an identifier keeps the rule of its scheme (Peppol rules COMMON-R040 to R057).
fn is_identifier(scheme: &str, id: &str) -> bool {
    let is_digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_danish = || id.strip_prefix("DK").is_some_and(|rest| is_digits(rest, 8));
    match scheme {
        "0088" => is_gln(id),
        "0192" => {
            let weight = |at: usize| if at == 0 { 1 } else { (at as u32 - 1) % 6 + 2 };
            is_digits(id, 9) && weighted(id, weight).is_some_and(|sum| sum.is_multiple_of(11))
        }
        "0184" | "0198" => is_danish(),
        "0096" => is_digits(id, 10),
        "0208" => {
            let parts = is_digits(id, 10).then(|| id.split_at(8));
            let parts = parts.and_then(|(a, b)| Some((a.parse::<u32>().ok()?, b.parse().ok()?)));
            parts.is_some_and(|(number, check): (u32, u32)| 97 - number % 97 == check)
        }
        "0007" => {
            let digits = id.bytes().rev().map(|byte| u32::from(byte.wrapping_sub(b'0')));
            let sum = digits.enumerate().map(|(at, digit)| match at % 2 {
                0 => digit,
                _ => digit * 2 % 10 + digit * 2 / 10,
            });
            is_digits(id, 10) && sum.sum::<u32>().is_multiple_of(10)
        }
        "0106" => is_digits(id, 8),
        "0190" => is_digits(id, 20),
        "9944" => {
            let parts = id.strip_prefix("NL").and_then(|rest| rest.split_once('B'));
            parts.is_some_and(|(number, tail)| is_digits(number, 9) && is_digits(tail, 2))
        }
        // The other schemes have no rule. An address has no spaces and can be printed.
        _ => id.len() <= 50 && id.bytes().all(|byte| byte.is_ascii_graphic()),
    }
}

/// The sum of the digits, each times its weight. The last digit has the place 0. `None` if not all
/// are digits.
fn weighted(digits: &str, weight: impl Fn(usize) -> u32) -> Option<u32> {
    let digits = digits.chars().rev().map(|character| character.to_digit(10));
    digits.enumerate().map(|(at, digit)| Some(digit? * weight(at))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_by_the_rules_of_their_schemes() {
        // From the examples of Peppol, and numbers that their owners publish.
        let right = [
            "0088:7300010000001",
            "0192:987654325",
            "0192:123456785",
            "0208:0202239951",
            "0007:5567321707",
            "0184:DK12345674",
            "9930:DE123456789",
            "0106:12345678",
            "9944:NL123456789B12",
        ];
        for text in right {
            assert_eq!(text.parse::<Participant>().unwrap().to_string(), text);
        }
        let wrong = [
            "0088:7300010000002",
            "0088:730001000001",
            "0192:987654324",
            "0208:0202239952",
            "0007:5567321708",
            "0184:12345674",
            "9930:",
            "9930:DE 1",
            "0088",
            "1234:1",
            "",
        ];
        for text in wrong {
            assert!(text.parse::<Participant>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn countries_and_units_are_those_of_the_lists() {
        assert!(is_country("DE") && is_country("XI") && !is_country("de") && !is_country("XX"));
        assert!(!is_country("") && !is_country("DE DJ"));
        let unit = |code: &str| Unit::parse(code).unwrap();
        assert!(has_unit(unit("XBG")) && has_unit(unit("KGM")) && !has_unit(unit("XQ0")));
    }
}
