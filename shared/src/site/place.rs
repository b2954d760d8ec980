//! The place of a thing in an order that several tablets change at the same time. It is a fraction
//! between the fractions of its neighbours, so that moving one thing writes only one value. This is
//! fractional indexing, as in Figma's "Realtime editing of ordered sequences" (2017).

use serde::{Deserialize, Serialize};

use crate::limits::POSITION_BYTES;

/// A place: the digits of a fraction in base 62, the most significant first, without trailing
/// zeros. Places sort as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place(String);

/// A text is not a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a place has 1 to {POSITION_BYTES} of 0-9, A-Z and a-z, and no 0 at its end")]
pub struct NoPlace;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The number of digits of a place at an end, and the distance to the previous place. There is room
/// for 1,800 places at either end before places need more digits.
const END_DIGITS: usize = 3;
const END_STEP: usize = 64;

impl Place {
    /// A place between two others. `None` means the end on that side. If `after` is not behind
    /// `before`, the place is directly behind `before`.
    #[must_use]
    pub fn between(before: Option<&Self>, after: Option<&Self>) -> Self {
        let low = before.map(Self::values).unwrap_or_default();
        let high = after.map(Self::values).filter(|high| *high > low);
        let digits =
            at_an_end(&low, high.as_deref()).unwrap_or_else(|| middle(&low, high.as_deref()));
        Self(digits.into_iter().map(|value| char::from(DIGITS[value])).collect())
    }

    /// The places to write to move one of `sorted` to another index (counted without the moved
    /// one). These are the moved one, and others without room because two tablets chose the same
    /// place.
    #[must_use]
    pub fn moves<I: Clone + PartialEq>(
        sorted: &[(I, Self)],
        moved: &I,
        to: usize,
    ) -> Vec<(I, Self)> {
        let rest: Vec<_> = sorted.iter().filter(|(id, _)| id != moved).collect();
        let (ahead, behind) = rest.split_at(to.min(rest.len()));
        let mut before = ahead.last().map(|(_, place)| place.clone());
        let mut moves = Vec::new();
        let first_free = |before: &Option<Self>| {
            let is_free =
                |(_, place): &&&(I, Self)| before.as_ref().is_none_or(|before| before < place);
            behind.iter().find(is_free).map(|(_, place)| place.clone())
        };
        let after = first_free(&before);
        let lowest = before.clone();
        let crowded = behind
            .iter()
            .take_while(|(_, place)| lowest.as_ref().is_some_and(|lowest| place <= lowest));
        for id in std::iter::once(moved).chain(crowded.map(|(id, _)| id)) {
            let place = Self::between(before.as_ref(), after.as_ref());
            moves.push((id.clone(), place.clone()));
            before = Some(place);
        }
        if moves.iter().all(|(_, place)| place.0.len() <= POSITION_BYTES) {
            return moves;
        }
        spread(ahead.iter().map(|(id, _)| id).chain([moved]).chain(behind.iter().map(|(id, _)| id)))
    }

    fn values(&self) -> Vec<usize> {
        self.0.bytes().filter_map(|digit| DIGITS.binary_search(&digit).ok()).collect()
    }
}

/// Places for all of these, in this order, with large distances.
fn spread<'i, I: Clone + 'i>(ids: impl Iterator<Item = &'i I>) -> Vec<(I, Place)> {
    let mut before = None;
    ids.map(|id| {
        let place = Place::between(before.as_ref(), None);
        before = Some(place.clone());
        (id.clone(), place)
    })
    .collect()
}

/// A short place before or behind all others, as long as there is one.
fn at_an_end(low: &[usize], high: Option<&[usize]>) -> Option<Vec<usize>> {
    let whole = DIGITS.len().pow(u32::try_from(END_DIGITS).ok()?);
    let number = |digits: &[usize]| {
        (0..END_DIGITS)
            .fold(0, |number, at| number * DIGITS.len() + digits.get(at).copied().unwrap_or(0))
    };
    let number = match (low, high) {
        ([], None) => whole / 2,
        ([], Some(high)) => number(high).checked_sub(END_STEP)?,
        (low, None) => number(low) + END_STEP,
        (_, Some(_)) => return None,
    };
    if number == 0 || number >= whole {
        return None;
    }
    let mut digits = vec![0; END_DIGITS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = rest % DIGITS.len();
        rest /= DIGITS.len();
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    Some(digits)
}

/// The shortest fraction near the middle of two fractions. `high` is larger than `low` and does not
/// end with a zero.
fn middle(low: &[usize], high: Option<&[usize]>) -> Vec<usize> {
    let mut digits = Vec::new();
    let (mut low, mut high) = (low, high);
    loop {
        let floor = low.first().copied().unwrap_or(0);
        let ceiling = high.map_or(DIGITS.len(), |high| high.first().copied().unwrap_or(0));
        if ceiling > floor + 1 {
            digits.push(usize::midpoint(floor, ceiling));
            return digits;
        }
        digits.push(floor);
        low = low.get(1..).unwrap_or_default();
        high = if ceiling == floor {
            high.map(|high| high.get(1..).unwrap_or_default())
        } else {
            None
        };
    }
}

impl TryFrom<String> for Place {
    type Error = NoPlace;
    fn try_from(text: String) -> Result<Self, NoPlace> {
        let is_place = (1..=POSITION_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !text.ends_with('0');
        if is_place { Ok(Self(text)) } else { Err(NoPlace) }
    }
}

impl std::str::FromStr for Place {
    type Err = NoPlace;
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        text.to_owned().try_into()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> String {
        place.0
    }
}

impl Place {
    /// The digits of the place.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> Place {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_lies_between_its_neighbours() {
        assert_eq!(Place::between(None, None), place("V"));
        for (before, after) in
            [("1", "2"), ("1", "11"), ("z", "zz"), ("01", "02"), ("V", "V0000001"), ("A", "AV")]
        {
            let (before, after) = (place(before), place(after));
            let between = Place::between(Some(&before), Some(&after));
            assert!(before < between && between < after, "{before:?} {between:?} {after:?}");
        }
        let first = Place::between(None, Some(&place("001")));
        assert!(first < place("001"), "{first:?}");
        let last = Place::between(Some(&place("zzz")), None);
        assert!(last > place("zzz"), "{last:?}");
    }

    #[test]
    fn a_thousand_at_the_end_stay_short() {
        let mut last = None;
        for _ in 0..1_000 {
            let next = Place::between(last.as_ref(), None);
            assert!(Some(&next) > last.as_ref() && next.as_str().len() <= END_DIGITS);
            last = Some(next);
        }
    }

    #[test]
    fn things_that_share_a_place_are_parted_when_one_is_put_between_them() {
        let sorted = [("a", place("V")), ("b", place("V")), ("c", place("k"))];
        let moves = Place::moves(&sorted, &"c", 1);
        assert_eq!(moves.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["c", "b"]);
        assert!(place("V") < moves[0].1 && moves[0].1 < moves[1].1);
    }

    proptest! {
        /// After any moves, all things come out in the requested order, and no place is too long.
        #[test]
        fn any_moves_give_the_order_that_people_see(steps in proptest::collection::vec((0..8_usize, 0..8_usize), 0..500)) {
            let mut sorted: Vec<(usize, Place)> = spread([0, 1, 2, 3, 4, 5, 6, 7].iter());
            for (moved, to) in steps {
                let mut wanted: Vec<usize> = sorted.iter().map(|(id, _)| *id).filter(|id| *id != moved).collect();
                wanted.insert(to, moved);
                for (id, place) in Place::moves(&sorted, &moved, to) {
                    prop_assert!(Place::try_from(place.as_str().to_owned()).is_ok(), "{:?}", place);
                    sorted.iter_mut().find(|(other, _)| *other == id).unwrap().1 = place;
                }
                sorted.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
                prop_assert_eq!(sorted.iter().map(|(id, _)| *id).collect::<Vec<_>>(), wanted);
            }
        }
    }
}
