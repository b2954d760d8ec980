//! Suppliers (UBL `SellerSupplierParty`).

use serde::{Deserialize, Serialize};

use crate::ids::{LocationId, SupplierId};
use crate::money::Currency;
use crate::name::is_unclean;
use crate::peppol::{Participant, is_country};

/// A supplier, who sells to the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Supplier {
    /// The organisation's own number for the supplier. For a price list without numbers, it is the
    /// name.
    pub id: SupplierId,
    /// The name as the price list writes it.
    pub name: String,
    /// How purchase orders reach the supplier.
    #[serde(default)]
    pub order_channel: OrderChannel,
    /// The currency of the supplier's invoices, when it differs from that of the contracts.
    #[serde(default)]
    pub currency: Option<Currency>,
}

/// How a purchase order reaches a supplier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderChannel {
    /// A person sends it.
    #[default]
    Manual,
    /// The server sends it to this mail address.
    Email(String),
    /// The server posts it to this URL.
    Webhook(String),
    /// The server writes it into this folder.
    FileDrop(String),
}

/// The languages in which a supplier can get its purchase orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderLanguage {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// What head office needs to reach a supplier. Head office keeps it, and no release contains it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierProfile {
    /// The people at the supplier. The first one is called first.
    #[serde(default)]
    pub contacts: Vec<SupplierContact>,
    /// The ways in which purchase orders are sent. When one fails for good, the next one is tried.
    /// After the last one, a person sends the purchase order. Empty: a person always does.
    #[serde(default)]
    pub channels: Vec<OrderChannel>,
    /// The language of the purchase orders.
    #[serde(default)]
    pub language: OrderLanguage,
    /// The address in the Peppol network, a [`Participant`]. Empty if nobody wrote it down.
    #[serde(default)]
    pub peppol_id: String,
    /// The country of the supplier (ISO 3166-1 alpha-2). Empty if nobody wrote it down.
    #[serde(default)]
    pub country: String,
}

/// A person or a desk at a supplier (UBL `Contact`). Every text but the name may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierContact {
    /// The name.
    pub name: String,
    /// What the contact is for ("Orders", "Complaints").
    #[serde(default)]
    pub role: String,
    /// The telephone number, as people write it.
    #[serde(default)]
    pub phone: String,
    /// The mail address.
    #[serde(default)]
    pub email: String,
}

/// The organisation's customer number at a supplier, for a node of the location tree. For a site,
/// the deepest node on its path that has an account decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierAccount {
    /// The node.
    pub location: LocationId,
    /// The customer number. It is text: leading zeros count.
    pub number: String,
    /// The mail address for the orders of these sites, where the supplier has one of its own for
    /// them. Empty: the address of the channel.
    #[serde(default)]
    pub order_address: String,
}

/// The most contacts, and the most channels, of one supplier.
pub const CONTACTS: usize = 50;

/// The most customer numbers at one supplier: one for each of 20,000 sites.
pub const ACCOUNTS: usize = 20_000;

/// The most characters of a text of a profile: an address of a web page fits.
pub const PROFILE_TEXT: usize = 500;

/// Why a profile or the accounts of a supplier cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ProfileRefusal {
    /// A contact has no name.
    #[error("contact {0} has no name")]
    ContactWithoutName(usize),
    /// A text is not a mail address.
    #[error("{0:?} is not a mail address: it needs a name, one @ and a domain, without spaces")]
    NoMailAddress(String),
    /// A text is not an address to which the server may post.
    #[error("{0:?} is not an address for a webhook: it begins with https://")]
    NoWebhook(String),
    /// A text is not the name of a folder.
    #[error(
        "{0:?} is not the name of a folder: use letters, digits, dots, dashes and underscores, and \
         begin with a letter or a digit"
    )]
    NoFolder(String),
    /// A channel appears twice.
    #[error("the channel {0:?} appears twice")]
    ChannelTwice(String),
    /// An account has no number.
    #[error("the customer number for {0} is empty")]
    NoNumber(LocationId),
    /// Two accounts are for the same node.
    #[error("{0} has two customer numbers: a place has one")]
    AccountTwice(LocationId),
    /// A text is too long, or has characters that cannot be printed.
    #[error("{0:?} is longer than {PROFILE_TEXT} characters, or cannot be printed")]
    BadText(String),
    /// A text is no address in the Peppol network.
    #[error(
        "{0:?} is no Peppol address: write a scheme that Peppol knows, a colon and an identifier \
         with the right check digits, such as 0088:7300010000001"
    )]
    NoPeppolAddress(String),
    /// A text is not the code of a country.
    #[error("{0:?} is not the code of a country: write two capital letters, such as DE")]
    NoCountry(String),
    /// There are too many contacts, channels or accounts.
    #[error("at most {0} are possible")]
    TooMany(usize),
}

impl OrderChannel {
    /// Where the channel leads: a mail address, a URL or the name of a folder. Empty for a person.
    #[must_use]
    pub fn destination(&self) -> &str {
        match self {
            Self::Manual => "",
            Self::Email(destination) | Self::Webhook(destination) | Self::FileDrop(destination) => {
                destination
            }
        }
    }

    fn check(&self) -> Result<(), ProfileRefusal> {
        let destination = self.destination();
        check_text(destination)?;
        match self {
            Self::Manual => Ok(()),
            Self::Email(address) => check_mail_address(address),
            Self::Webhook(url) if url.len() > 8 && url.starts_with("https://") => Ok(()),
            Self::Webhook(url) => Err(ProfileRefusal::NoWebhook(url.clone())),
            Self::FileDrop(folder) if is_folder_name(folder) => Ok(()),
            Self::FileDrop(folder) => Err(ProfileRefusal::NoFolder(folder.clone())),
        }
    }
}

impl SupplierProfile {
    /// The profile of a supplier for which head office has written none: the channel that came with
    /// its contracts.
    #[must_use]
    pub fn of_import(supplier: &Supplier) -> Self {
        let channels = match &supplier.order_channel {
            OrderChannel::Manual => Vec::new(),
            channel => vec![channel.clone()],
        };
        Self { channels, ..Self::default() }
    }

    /// Whether the server can try to send purchase orders. It does not yet post to webhooks.
    #[must_use]
    pub fn is_reached_by_server(&self) -> bool {
        let is_server = |channel: &OrderChannel| {
            matches!(channel, OrderChannel::Email(_) | OrderChannel::FileDrop(_))
        };
        self.channels.iter().any(is_server)
    }

    /// Checks the profile as people typed it.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), ProfileRefusal> {
        if self.contacts.len() > CONTACTS || self.channels.len() > CONTACTS {
            return Err(ProfileRefusal::TooMany(CONTACTS));
        }
        for (index, contact) in self.contacts.iter().enumerate() {
            if contact.name.trim().is_empty() {
                return Err(ProfileRefusal::ContactWithoutName(index + 1));
            }
            for text in [&contact.name, &contact.role, &contact.phone, &contact.email] {
                check_text(text)?;
            }
            if !contact.email.is_empty() {
                check_mail_address(&contact.email)?;
            }
        }
        for (index, channel) in self.channels.iter().enumerate() {
            channel.check()?;
            if self.channels[..index].contains(channel) {
                return Err(ProfileRefusal::ChannelTwice(channel.destination().to_owned()));
            }
        }
        if !self.peppol_id.is_empty() && self.peppol_id.parse::<Participant>().is_err() {
            return Err(ProfileRefusal::NoPeppolAddress(self.peppol_id.clone()));
        }
        if !self.country.is_empty() && !is_country(&self.country) {
            return Err(ProfileRefusal::NoCountry(self.country.clone()));
        }
        Ok(())
    }
}

/// Checks the customer numbers at one supplier as people typed them.
///
/// # Errors
/// The first fault.
pub fn check_accounts(accounts: &[SupplierAccount]) -> Result<(), ProfileRefusal> {
    if accounts.len() > ACCOUNTS {
        return Err(ProfileRefusal::TooMany(ACCOUNTS));
    }
    let mut places = std::collections::BTreeSet::new();
    for SupplierAccount { location, number, order_address } in accounts {
        if number.trim().is_empty() {
            return Err(ProfileRefusal::NoNumber(location.clone()));
        }
        check_text(number)?;
        check_text(order_address)?;
        if !order_address.is_empty() {
            check_mail_address(order_address)?;
        }
        if !places.insert(location) {
            return Err(ProfileRefusal::AccountTwice(location.clone()));
        }
    }
    Ok(())
}

/// Whether a text is one line that can be printed, of at most [`PROFILE_TEXT`] characters.
#[must_use]
pub fn is_profile_text(text: &str) -> bool {
    !text.chars().any(is_unclean) && text.chars().count() <= PROFILE_TEXT
}

fn check_text(text: &str) -> Result<(), ProfileRefusal> {
    let refused = || ProfileRefusal::BadText(text.chars().take(40).collect());
    is_profile_text(text).then_some(()).ok_or_else(refused)
}

/// Checks the form of a mail address. Only the supplier's server knows whether the address exists.
fn check_mail_address(address: &str) -> Result<(), ProfileRefusal> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]".contains(c))
    };
    let is_address = address.split_once('@').is_some_and(|(name, domain)| {
        is_plain(name)
            && is_plain(domain)
            && !domain.contains('@')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
    });
    is_address.then_some(()).ok_or_else(|| ProfileRefusal::NoMailAddress(address.to_owned()))
}

/// Whether a text is the name of a folder on every system, and leads nowhere else.
#[must_use]
pub fn is_folder_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !name.ends_with('.')
}

/// The name without case, punctuation and repeated white space. Two suppliers with the same folded
/// name are probably one supplier.
#[must_use]
pub fn folded_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> LocationId {
        text.parse().unwrap()
    }

    #[test]
    fn a_profile_is_checked_as_people_typed_it() {
        let with = |channel: OrderChannel| SupplierProfile {
            channels: vec![channel],
            ..SupplierProfile::default()
        };
        let email = |address: &str| with(OrderChannel::Email(address.to_owned())).check();
        assert_eq!(email("orders@acme.example"), Ok(()));
        for bad in
            ["", "orders", "@acme.example", "a b@acme.example", "a@b@c", "a@-b", "a@b\r\nX: y"]
        {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        let folder = |name: &str| with(OrderChannel::FileDrop(name.to_owned())).check();
        assert_eq!(folder("acme_2.orders"), Ok(()));
        for bad in ["", "..", "a/b", "../a", "C:\\a", ".hidden", "a."] {
            assert_eq!(folder(bad), Err(ProfileRefusal::NoFolder(bad.to_owned())), "{bad:?}");
        }
        let webhook = |url: &str| with(OrderChannel::Webhook(url.to_owned())).check();
        assert_eq!(webhook("https://acme.example/orders"), Ok(()));
        assert!(webhook("http://acme.example/orders").is_err());
        let twice = OrderChannel::Email("a@b.example".to_owned());
        let profile =
            SupplierProfile { channels: vec![twice.clone(), twice], ..SupplierProfile::default() };
        assert_eq!(profile.check(), Err(ProfileRefusal::ChannelTwice("a@b.example".to_owned())));
        let nameless = SupplierContact { phone: "1".to_owned(), ..SupplierContact::default() };
        let profile = SupplierProfile { contacts: vec![nameless], ..SupplierProfile::default() };
        assert_eq!(profile.check(), Err(ProfileRefusal::ContactWithoutName(1)));
    }

    #[test]
    fn a_place_has_one_customer_number() {
        let account = |location: &str, number: &str| SupplierAccount {
            location: id(location),
            number: number.to_owned(),
            order_address: String::new(),
        };
        assert_eq!(check_accounts(&[account("a", "001"), account("b", "001")]), Ok(()));
        let twice = [account("a", "1"), account("a", "2")];
        assert_eq!(check_accounts(&twice), Err(ProfileRefusal::AccountTwice(id("a"))));
        assert_eq!(check_accounts(&[account("a", " ")]), Err(ProfileRefusal::NoNumber(id("a"))));
    }

    #[test]
    fn names_that_differ_by_case_or_punctuation_fold_to_one() {
        assert_eq!(folded_name("Acme Supply, Inc."), folded_name("ACME\u{a0}SUPPLY INC"));
        assert_ne!(folded_name("Acme"), folded_name("Acme Supply"));
    }
}
