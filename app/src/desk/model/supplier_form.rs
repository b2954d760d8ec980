//! The form of a supplier: what a person typed, what of it changed, and what is wrong with it.

use std::collections::BTreeMap;

use calloff_core::ids::LocationId;
use calloff_core::supplier::{
    OrderChannel, OrderLanguage, ProfileRefusal, SupplierAccount, SupplierContact, SupplierProfile,
    check_accounts,
};
use calloff_core::wire::{ChangeSupplierRequest, SupplierDetail};

/// A row of the form. Its key stays the same while rows move, so that its fields keep the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    pub key: u64,
    pub value: T,
}

/// A customer number as a person types it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedAccount {
    pub account: SupplierAccount,
    /// The name of its place.
    pub place: String,
}

/// Everything about a supplier that a person can change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplierForm {
    last_key: u64,
    pub contacts: Vec<Row<SupplierContact>>,
    pub channels: Vec<Row<OrderChannel>>,
    pub language: OrderLanguage,
    pub peppol_id: String,
    pub country: String,
    pub accounts: Vec<Row<TypedAccount>>,
}

/// A step of a row in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
}

/// A field of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactField {
    Name,
    Role,
    Phone,
    Email,
}

/// A field of a customer number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountField {
    Number,
    OrderAddress,
}

/// Where in the form a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    Contact(u64, ContactField),
    Channel(u64),
    Account(u64, AccountField),
    PeppolId,
    Country,
    /// No field alone is at fault.
    Whole,
}

/// A fault with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub spot: Spot,
    pub why: ProfileRefusal,
}

impl ContactField {
    pub const ALL: [Self; 4] = [Self::Name, Self::Role, Self::Phone, Self::Email];

    /// The text of this field.
    #[must_use]
    pub fn of(self, contact: &SupplierContact) -> &String {
        match self {
            Self::Name => &contact.name,
            Self::Role => &contact.role,
            Self::Phone => &contact.phone,
            Self::Email => &contact.email,
        }
    }

    /// The text of this field, to be changed.
    pub fn of_mut(self, contact: &mut SupplierContact) -> &mut String {
        match self {
            Self::Name => &mut contact.name,
            Self::Role => &mut contact.role,
            Self::Phone => &mut contact.phone,
            Self::Email => &mut contact.email,
        }
    }
}

impl AccountField {
    pub const ALL: [Self; 2] = [Self::Number, Self::OrderAddress];

    /// The text of this field.
    #[must_use]
    pub fn of(self, account: &SupplierAccount) -> &String {
        match self {
            Self::Number => &account.number,
            Self::OrderAddress => &account.order_address,
        }
    }

    /// The text of this field, to be changed.
    pub fn of_mut(self, account: &mut SupplierAccount) -> &mut String {
        match self {
            Self::Number => &mut account.number,
            Self::OrderAddress => &mut account.order_address,
        }
    }
}

/// The row with this key.
pub fn row<T>(rows: &[Row<T>], key: u64) -> Option<&T> {
    rows.iter().find(|row| row.key == key).map(|row| &row.value)
}

/// The row with this key, to be changed.
pub fn row_mut<T>(rows: &mut [Row<T>], key: u64) -> Option<&mut T> {
    rows.iter_mut().find(|row| row.key == key).map(|row| &mut row.value)
}

/// Moves a row one place. At the end of the list it stays.
pub fn move_row<T>(rows: &mut [Row<T>], key: u64, step: Step) {
    let Some(at) = rows.iter().position(|row| row.key == key) else { return };
    let other = match step {
        Step::Up => at.checked_sub(1),
        Step::Down => Some(at + 1).filter(|next| *next < rows.len()),
    };
    if let Some(other) = other {
        rows.swap(at, other);
    }
}

/// The same channel with another destination. A person has none.
#[must_use]
pub fn with_destination(channel: &OrderChannel, destination: &str) -> OrderChannel {
    let destination = destination.to_owned();
    match channel {
        OrderChannel::Manual => OrderChannel::Manual,
        OrderChannel::Email(_) => OrderChannel::Email(destination),
        OrderChannel::Webhook(_) => OrderChannel::Webhook(destination),
        OrderChannel::FileDrop(_) => OrderChannel::FileDrop(destination),
    }
}

impl SupplierForm {
    /// The form before anybody types.
    #[must_use]
    pub fn of(detail: &SupplierDetail) -> Self {
        let SupplierProfile { contacts, channels, language, peppol_id, country } = &detail.profile;
        let mut form = Self {
            language: *language,
            peppol_id: peppol_id.clone(),
            country: country.clone(),
            ..Self::default()
        };
        form.contacts = contacts.iter().map(|contact| form.keyed(contact.clone())).collect();
        form.channels = channels.iter().map(|channel| form.keyed(channel.clone())).collect();
        let accounts = detail.accounts.iter().map(|row| {
            form.keyed(TypedAccount { account: row.account.clone(), place: row.place.clone() })
        });
        form.accounts = accounts.collect();
        form
    }

    fn keyed<T>(&mut self, value: T) -> Row<T> {
        self.last_key += 1;
        Row { key: self.last_key, value }
    }

    /// Adds an empty contact at the end, and says its key.
    pub fn add_contact(&mut self) -> u64 {
        let row = self.keyed(SupplierContact::default());
        self.contacts.push(row);
        self.last_key
    }

    /// Adds a channel at the end, and says its key.
    pub fn add_channel(&mut self, channel: OrderChannel) -> u64 {
        let row = self.keyed(channel);
        self.channels.push(row);
        self.last_key
    }

    /// Adds a customer number for a place, before all others, and says its key. If the place has
    /// one already, says the key of that one.
    pub fn add_account(&mut self, location: LocationId, place: String) -> u64 {
        let known = self.accounts.iter().find(|row| row.value.account.location == location);
        if let Some(known) = known {
            return known.key;
        }
        let account =
            SupplierAccount { location, number: String::new(), order_address: String::new() };
        let row = self.keyed(TypedAccount { account, place });
        self.accounts.insert(0, row);
        self.last_key
    }

    /// The profile as typed, without spaces around its texts and without contacts in which nothing
    /// is typed.
    #[must_use]
    pub fn profile(&self) -> SupplierProfile {
        let contacts = self.contacts.iter().map(|row| trimmed_contact(&row.value));
        SupplierProfile {
            contacts: contacts.filter(|contact| *contact != SupplierContact::default()).collect(),
            channels: self.channels.iter().map(|row| trimmed_channel(&row.value)).collect(),
            language: self.language,
            peppol_id: self.peppol_id.trim().to_owned(),
            country: self.country.trim().to_uppercase(),
        }
    }

    /// The customer numbers as typed, without spaces around their texts.
    #[must_use]
    pub fn accounts(&self) -> Vec<SupplierAccount> {
        self.accounts.iter().map(|row| trimmed_account(&row.value.account)).collect()
    }

    /// The request that saves the form after `revision`.
    #[must_use]
    pub fn request(&self, revision: u32) -> ChangeSupplierRequest {
        ChangeSupplierRequest { revision, profile: self.profile(), accounts: self.accounts() }
    }

    /// Whether saving would change something. The order of the customer numbers means nothing.
    #[must_use]
    pub fn is_changed(&self, detail: &SupplierDetail) -> bool {
        let by_place = |form: &Self| {
            let accounts = form.accounts().into_iter();
            accounts.map(|account| (account.location.clone(), account)).collect::<BTreeMap<_, _>>()
        };
        let before = Self::of(detail);
        self.profile() != before.profile() || by_place(self) != by_place(&before)
    }

    /// Every fault, with the field that shows it. Empty if the form can be saved.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.faults_of_contacts();
        faults.extend(self.faults_of_channels());
        faults.extend(self.faults_of_accounts());
        faults.extend(self.faults_for_peppol());
        if faults.is_empty() {
            let whole = self.profile().check().and_then(|()| check_accounts(&self.accounts()));
            faults.extend(whole.err().map(|why| Fault { spot: Spot::Whole, why }));
        }
        faults
    }

    fn faults_of_contacts(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for Row { key, value } in &self.contacts {
            let typed = trimmed_contact(value);
            if typed == SupplierContact::default() {
                continue;
            }
            for field in ContactField::ALL {
                // The field alone, beside a name that is right.
                let mut alone =
                    SupplierContact { name: "-".to_owned(), ..SupplierContact::default() };
                field.of_mut(&mut alone).clone_from(field.of(&typed));
                let profile =
                    SupplierProfile { contacts: vec![alone], ..SupplierProfile::default() };
                let spot = Spot::Contact(*key, field);
                faults.extend(profile.check().err().map(|why| Fault { spot, why }));
            }
        }
        faults
    }

    fn faults_of_channels(&self) -> Vec<Fault> {
        let channels = self.profile().channels;
        let rows = self.channels.iter().enumerate();
        let checked = rows.filter_map(|(at, row)| {
            let alone = SupplierProfile {
                channels: vec![channels[at].clone()],
                ..SupplierProfile::default()
            };
            let is_repeated = channels[..at].contains(&channels[at]);
            let twice = || {
                is_repeated
                    .then(|| ProfileRefusal::ChannelTwice(channels[at].destination().to_owned()))
            };
            let why = alone.check().err().or_else(twice)?;
            Some(Fault { spot: Spot::Channel(row.key), why })
        });
        checked.collect()
    }

    fn faults_for_peppol(&self) -> Vec<Fault> {
        let typed = self.profile();
        let alone = SupplierProfile::default;
        let checked = [
            (Spot::PeppolId, SupplierProfile { peppol_id: typed.peppol_id, ..alone() }),
            (Spot::Country, SupplierProfile { country: typed.country, ..alone() }),
        ];
        let faults = checked.into_iter();
        faults
            .filter_map(|(spot, profile)| Some(Fault { spot, why: profile.check().err()? }))
            .collect()
    }

    fn faults_of_accounts(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for Row { key, value } in &self.accounts {
            let typed = trimmed_account(&value.account);
            for field in AccountField::ALL {
                let mut alone = SupplierAccount {
                    number: "-".to_owned(),
                    order_address: String::new(),
                    ..typed.clone()
                };
                field.of_mut(&mut alone).clone_from(field.of(&typed));
                let spot = Spot::Account(*key, field);
                faults.extend(check_accounts(&[alone]).err().map(|why| Fault { spot, why }));
            }
        }
        faults
    }
}

/// The keys of the customer numbers whose place or number holds every typed word, at most `most`,
/// and how many there are.
#[must_use]
pub fn found_accounts(form: &SupplierForm, typed: &str, most: usize) -> (Vec<u64>, usize) {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |row: &&Row<TypedAccount>| {
        let TypedAccount { account, place } = &row.value;
        let text = format!("{place}\n{}\n{}", account.location, account.number).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let found: Vec<u64> = form.accounts.iter().filter(holds).map(|row| row.key).collect();
    let count = found.len();
    (found.into_iter().take(most).collect(), count)
}

fn trimmed_contact(contact: &SupplierContact) -> SupplierContact {
    let mut trimmed = SupplierContact::default();
    for field in ContactField::ALL {
        *field.of_mut(&mut trimmed) = field.of(contact).trim().to_owned();
    }
    trimmed
}

fn trimmed_channel(channel: &OrderChannel) -> OrderChannel {
    with_destination(channel, channel.destination().trim())
}

fn trimmed_account(account: &SupplierAccount) -> SupplierAccount {
    SupplierAccount {
        location: account.location.clone(),
        number: account.number.trim().to_owned(),
        order_address: account.order_address.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::wire::{SupplierAccountRow, SupplierRow};

    use super::*;

    fn place(id: &str) -> LocationId {
        id.parse().unwrap()
    }

    fn email(address: &str) -> OrderChannel {
        OrderChannel::Email(address.to_owned())
    }

    fn detail() -> SupplierDetail {
        let account = |at: &str, number: &str| SupplierAccountRow {
            account: SupplierAccount {
                location: place(at),
                number: number.to_owned(),
                order_address: String::new(),
            },
            place: format!("The {at}"),
        };
        SupplierDetail {
            row: SupplierRow {
                supplier: "S1".parse().unwrap(),
                name: "Acme".to_owned(),
                channel: None,
                phone: String::new(),
                contracts: 0,
                sites: 0,
                to_send: 0,
            },
            revision: 3,
            changed: None,
            profile: SupplierProfile {
                contacts: vec![SupplierContact {
                    name: "Ms Weber".to_owned(),
                    phone: "+49 30 1".to_owned(),
                    ..SupplierContact::default()
                }],
                channels: vec![email("a@acme.example"), email("b@acme.example")],
                language: OrderLanguage::De,
                peppol_id: "0088:7300010000001".to_owned(),
                country: "SE".to_owned(),
            },
            accounts: vec![account("north", "001"), account("south", "002")],
            contracts: Vec::new(),
        }
    }

    fn form() -> SupplierForm {
        SupplierForm::of(&detail())
    }

    #[test]
    fn a_form_that_nobody_touched_is_unchanged_and_without_faults() {
        assert!(!form().is_changed(&detail()));
        assert!(form().faults().is_empty());
        let request = form().request(3);
        assert_eq!((request.revision, request.profile), (3, detail().profile));
        assert_eq!(request.accounts.len(), 2);
    }

    #[test]
    fn a_wrong_peppol_address_and_a_wrong_country_are_shown_at_their_fields() {
        let mut form = form();
        form.peppol_id = " 0088:7300010000001 ".to_owned();
        form.country = "se ".to_owned();
        assert!(!form.is_changed(&detail()) && form.faults().is_empty());
        form.peppol_id = "0088:7300010000002".to_owned();
        form.country = "XX".to_owned();
        let spots: Vec<_> = form.faults().into_iter().map(|fault| fault.spot).collect();
        assert_eq!(spots, [Spot::PeppolId, Spot::Country]);
    }

    #[test]
    fn spaces_and_an_empty_contact_are_no_change_and_a_new_order_of_channels_is_one() {
        let mut form = form();
        form.add_contact();
        form.contacts[0].value.name.push(' ');
        assert!(!form.is_changed(&detail()) && form.faults().is_empty());
        let first = form.channels[0].key;
        move_row(&mut form.channels, first, Step::Up);
        assert!(!form.is_changed(&detail()), "the first channel stays the first");
        move_row(&mut form.channels, first, Step::Down);
        assert!(form.is_changed(&detail()));
        assert_eq!(form.profile().channels[0], email("b@acme.example"));
        move_row(&mut form.channels, first, Step::Down);
        assert_eq!(form.channels[1].key, first, "the last channel stays the last");
    }

    #[test]
    fn a_place_gets_one_number_and_the_order_of_numbers_means_nothing() {
        let mut form = form();
        let north = form.accounts[0].key;
        assert_eq!(form.add_account(place("north"), String::new()), north);
        form.accounts.reverse();
        assert!(!form.is_changed(&detail()));
        let west = form.add_account(place("west"), "The west".to_owned());
        assert_eq!(form.accounts[0].key, west);
        assert!(form.is_changed(&detail()));
        form.accounts.retain(|row| row.key != west);
        assert!(!form.is_changed(&detail()));
        form.accounts.pop();
        assert!(form.is_changed(&detail()), "a removed number");
    }

    #[test]
    fn each_fault_is_shown_at_its_field() {
        let mut form = form();
        let contact = form.add_contact();
        row_mut(&mut form.contacts, contact).unwrap().email = "weber".to_owned();
        let channel = form.add_channel(email(" a@acme.example "));
        let folder = form.add_channel(OrderChannel::FileDrop("../x".to_owned()));
        let account = form.add_account(place("west"), String::new());
        row_mut(&mut form.accounts, account).unwrap().account.order_address = "no".to_owned();
        let spots: Vec<_> = form.faults().into_iter().map(|fault| fault.spot).collect();
        assert_eq!(
            spots,
            [
                Spot::Contact(contact, ContactField::Name),
                Spot::Contact(contact, ContactField::Email),
                Spot::Channel(channel),
                Spot::Channel(folder),
                Spot::Account(account, AccountField::Number),
                Spot::Account(account, AccountField::OrderAddress),
            ]
        );
    }

    #[test]
    fn too_many_contacts_are_a_fault_of_the_whole() {
        let mut form = form();
        for _ in 0..calloff_core::supplier::CONTACTS {
            let key = form.add_contact();
            row_mut(&mut form.contacts, key).unwrap().name = "x".to_owned();
        }
        let faults = form.faults();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].spot, Spot::Whole);
    }

    #[test]
    fn customer_numbers_are_found_by_place_and_number() {
        let form = form();
        let found = |typed: &str, most| found_accounts(&form, typed, most);
        assert_eq!(found("SOUTH", 9), (vec![form.accounts[1].key], 1));
        assert_eq!(found("001 north", 9).1, 1);
        assert_eq!((found("", 1).0.len(), found("", 1).1), (1, 2));
    }
}
