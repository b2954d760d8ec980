//! Why the server did not change a person, in every language.

use calloff_core::wire::PersonRefusal;

use super::Text;

/// What is wrong, and what to do.
#[must_use]
pub fn person_refusal(why: PersonRefusal) -> Text {
    match why {
        PersonRefusal::BadSignInName => Text::RefusedSignInName,
        PersonRefusal::SignInNameTaken => Text::RefusedSignInNameTaken,
        PersonRefusal::BadName => Text::RefusedPersonName,
        PersonRefusal::EmailTaken => Text::RefusedEmailTaken,
        PersonRefusal::NoRole => Text::RefusedNoRole,
        PersonRefusal::LastAdministrator => Text::RefusedLastAdministrator,
        PersonRefusal::WorksElsewhere => Text::RefusedWorksElsewhere,
        PersonRefusal::BadPassword => Text::RefusedPassword,
    }
}
