//! The people of the demo organisation, all invented.

use std::collections::BTreeSet;

use super::builder::id;
use super::seed::Seed;
use crate::catalogue::CatalogueContent;
use crate::ids::{LocationId, PersonId};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// The sign-in name. Contracts name their owners by it.
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// The site where the person works; `None` at head office.
    pub site: Option<LocationId>,
    /// The job of the person.
    pub role: StaffRole,
}

/// The job of a person in the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaffRole {
    /// Orders and receives at a site.
    Staff,
    /// Manages a site.
    SiteManager,
    /// Owns contracts and publishes releases.
    Procurement,
    /// Checks orders and invoices.
    Finance,
    /// Manages people, sites and tablets.
    Admin,
}

const GIVEN: [&str; 36] = [
    "Maren", "Tobin", "Ilsa", "Corwin", "Anouk", "Jory", "Sanna", "Piet", "Elina", "Rufo", "Marta",
    "Oskari", "Wanda", "Lieke", "Duarte", "Hilde", "Bram", "Inês", "Kaisa", "Nuno", "Orla",
    "Sipho", "Tamsin", "Veikko", "Yara", "Zeno", "Aylin", "Benno", "Celia", "Dorian", "Femke",
    "Gwil", "Hanne", "Jarek", "Leonor", "Matti",
];

const FAMILY: [&str; 32] = [
    "Quillby",
    "Harrowen",
    "Veltrand",
    "Osterwick",
    "Marlune",
    "Tarnsley",
    "Brokveld",
    "Sandelin",
    "Kivirand",
    "Alvarinho",
    "Pennfold",
    "Drummerby",
    "Lindequay",
    "Rautasalo",
    "Fontelo",
    "Greywater",
    "Hoogmolen",
    "Ilmarand",
    "Jasperley",
    "Kestelyn",
    "Lowmarsh",
    "Moinheiro",
    "Norderling",
    "Ottersby",
    "Pinhalto",
    "Roskamp",
    "Sallowby",
    "Tervonsuo",
    "Underhay",
    "Vossemeer",
    "Wrenfield",
    "Ystrandir",
];

/// The people at head office: six in procurement, three in finance, one administrator.
const HEAD_OFFICE: [(StaffRole, usize); 3] =
    [(StaffRole::Procurement, 6), (StaffRole::Finance, 3), (StaffRole::Admin, 1)];

/// All people: head office first, then two to four people for each site, with its manager first.
#[must_use]
pub fn staff(seed: u64, content: &CatalogueContent) -> Vec<StaffMember> {
    let mut register = Register::new(seed);
    let mut people = head_office(&mut register);
    for site in content.locations.iter().filter(|location| location.site.is_some()) {
        let others = register.seed.place(3) + 1;
        let roles = std::iter::once(StaffRole::SiteManager)
            .chain(std::iter::repeat_n(StaffRole::Staff, others));
        people.extend(roles.map(|role| register.enter(role, Some(&site.id))));
    }
    people
}

/// The people who own contracts.
pub(super) fn procurement(seed: u64) -> Vec<PersonId> {
    let people = head_office(&mut Register::new(seed)).into_iter();
    people.filter(|person| person.role == StaffRole::Procurement).map(|person| person.id).collect()
}

fn head_office(register: &mut Register) -> Vec<StaffMember> {
    let roles = HEAD_OFFICE.into_iter().flat_map(|(role, count)| std::iter::repeat_n(role, count));
    roles.map(|role| register.enter(role, None)).collect()
}

/// Chooses names. No two people have the same name.
struct Register {
    seed: Seed,
    taken: BTreeSet<(usize, usize)>,
}

impl Register {
    fn new(seed: u64) -> Self {
        Self { seed: Seed::fork(seed, "people"), taken: BTreeSet::new() }
    }

    fn enter(&mut self, role: StaffRole, site: Option<&LocationId>) -> StaffMember {
        let mut drawn = (self.seed.place(GIVEN.len()), self.seed.place(FAMILY.len()));
        // If a name is taken, it takes the next family name, then the next given name: 36 × 32
        // names for some 150 people.
        while !self.taken.insert(drawn) {
            drawn.1 = (drawn.1 + 1) % FAMILY.len();
            if drawn.1 == 0 {
                drawn.0 = (drawn.0 + 1) % GIVEN.len();
            }
        }
        let (given, family) = (GIVEN[drawn.0], FAMILY[drawn.1]);
        let sign_in = format!("{given}.{family}").to_lowercase().replace('ê', "e");
        StaffMember {
            id: id(&sign_in),
            name: format!("{given} {family}"),
            site: site.cloned(),
            role,
        }
    }
}
