//! Words about suppliers, in every language: the ways of a purchase order, and why something about
//! a supplier was not saved.

use calloff_core::contract::ContractStatus;
use calloff_core::supplier::{OrderChannel, PROFILE_TEXT, ProfileRefusal};

use super::{Language, Text, fill, grouped};

/// A kind of channel.
#[must_use]
pub fn channel_kind(channel: &OrderChannel) -> Text {
    match channel {
        OrderChannel::Manual => Text::ChannelByHand,
        OrderChannel::Email(_) => Text::ChannelEmail,
        OrderChannel::Webhook(_) => Text::ChannelWebhook,
        OrderChannel::FileDrop(_) => Text::ChannelFolder,
    }
}

/// A channel with its destination: "E-mail: orders@acme.example".
#[must_use]
pub fn channel_words(channel: &OrderChannel, language: Language) -> String {
    let kind = channel_kind(channel).in_language(language);
    match channel.destination() {
        "" => kind.to_owned(),
        destination => format!("{kind}: {destination}"),
    }
}

/// The status of a contract.
#[must_use]
pub fn contract_status(status: ContractStatus) -> Text {
    match status {
        ContractStatus::Draft => Text::ContractDraft,
        ContractStatus::Published => Text::ContractPublished,
        ContractStatus::Suspended => Text::ContractSuspended,
        ContractStatus::Ended => Text::ContractEnded,
        ContractStatus::Withdrawn => Text::ContractWithdrawn,
    }
}

/// What is wrong with what a person typed about a supplier, and what to do.
#[must_use]
pub fn profile_refusal(why: &ProfileRefusal, language: Language) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    match why {
        ProfileRefusal::ContactWithoutName(_) => say(Text::RefusedContactName, &[]),
        ProfileRefusal::NoMailAddress(_) => say(Text::RefusedMailAddress, &[]),
        ProfileRefusal::NoWebhook(_) => say(Text::RefusedWebhook, &[]),
        ProfileRefusal::NoFolder(_) => say(Text::RefusedFolder, &[]),
        ProfileRefusal::NoPeppolAddress(_) => say(Text::RefusedPeppol, &[]),
        ProfileRefusal::NoCountry(_) => say(Text::RefusedCountry, &[]),
        ProfileRefusal::ChannelTwice(_) => say(Text::RefusedChannelTwice, &[]),
        ProfileRefusal::NoNumber(_) => say(Text::RefusedNoNumber, &[]),
        ProfileRefusal::AccountTwice(_) => say(Text::RefusedAccountTwice, &[]),
        ProfileRefusal::BadText(_) => say(
            Text::RefusedSupplierText,
            &[("most", &grouped(&PROFILE_TEXT.to_string(), language))],
        ),
        ProfileRefusal::TooMany(most) => {
            say(Text::RefusedTooMany, &[("most", &grouped(&most.to_string(), language))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_names_its_destination_and_a_person_has_none() {
        let email = OrderChannel::Email("orders@acme.example".to_owned());
        assert_eq!(channel_words(&email, Language::German), "E-Mail: orders@acme.example");
        assert_eq!(channel_words(&OrderChannel::Manual, Language::English), "By hand");
    }

    #[test]
    fn a_refusal_says_how_much_is_possible() {
        let words = profile_refusal(&ProfileRefusal::TooMany(20_000), Language::German);
        assert!(words.contains("20.000"), "{words}");
    }
}
