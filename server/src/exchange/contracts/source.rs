//! Reads a file of contracts element by element. A file of any size takes no more memory than its
//! changes. If its meaning is wrong, it is read again to find the lines.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path as FilePath;

use calloff_core::contract::{Contract, ContractStatus};
use calloff_core::ids::ContractId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::change::is_same;
use super::{ContractsFile, Format, Path};
use crate::exchange::ImportError;
use crate::exchange::json::{
    Element, Elements, ElementsError, Findings, Position, Problems, Step, parse, read,
};
use crate::storage::StorageError;

/// The members of a file that are lists.
const LISTS: [&str; 6] =
    ["locations", "suppliers", "items", "contracts", "sourcing_rules", "tie_decisions"];
const VALUES: [&str; 3] = ["$schema", "format", "exchange_rates"];

/// The source of a file. It can be read several times.
#[derive(Clone, Copy)]
pub(super) enum Source<'s> {
    File(&'s FilePath),
    #[cfg(test)]
    Text(&'s str),
}

impl Source<'_> {
    fn elements(&self) -> Result<Elements<Box<dyn BufRead + Send + '_>>, ImportError> {
        Ok(match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|source| self.failed(source))?;
                Elements::new(Box::new(BufReader::with_capacity(1 << 16, file)))
            }
            #[cfg(test)]
            Self::Text(text) => Elements::new(Box::new(text.as_bytes())),
        })
    }

    fn failed(&self, source: std::io::Error) -> ImportError {
        let path = match self {
            Self::File(path) => path.display().to_string(),
            #[cfg(test)]
            Self::Text(_) => "text".to_owned(),
        };
        ImportError::File { path, source }
    }
}

/// The path to a value with a wrong meaning, and the reason.
type Finding = (Vec<Segment>, String);

/// The content of a file, and the positions of its elements.
pub(super) struct ReadFile<'s> {
    pub file: ContractsFile,
    source: Source<'s>,
    /// The position of each list and of each of its elements.
    places: HashMap<&'static str, (Position, Vec<Position>)>,
    found: RefCell<Vec<Finding>>,
}

/// A part of the path to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Field(String),
    Place(usize),
}

/// Reads a file. All errors of form are found at once.
///
/// `whole` returns a stored version of a contract with its lines. Lines that are stored unchanged
/// are not kept in memory: for an unchanged contract the header is enough.
pub(super) async fn read_file<'s>(
    source: Source<'s>,
    stored: &mut ContractsFile,
    mut whole: impl AsyncFnMut(&ContractId, u32) -> Result<Option<Contract>, StorageError>,
) -> Result<Result<ReadFile<'s>, Problems>, ImportError> {
    let mut reading = Reading::default();
    let mut elements = source.elements()?;
    loop {
        match elements.step() {
            Ok(None) => break,
            Ok(Some(Step::List(name, at))) => reading.begin_list(&name, at),
            Ok(Some(Step::Element(element))) => {
                if let Some(contract) = reading.take(&element) {
                    let contract = against_stored(contract, stored, &mut whole).await?;
                    reading.file.contracts.push(contract);
                }
            }
            Err(ElementsError::File(error)) => return Err(source.failed(error)),
            Err(ElementsError::Syntax(at, reason)) => {
                reading.problems.add(at, "", format!("this is not JSON: {reason}"));
                break;
            }
        }
    }
    let Reading { mut file, format, mut problems, places, .. } = reading;
    match format {
        Some(format) => file.format = format,
        None if problems.is_empty() => {
            problems.add(
                Position::default(),
                "",
                "the field \"format\" is missing: write \"calloff-contracts/1\"",
            );
        }
        None => {}
    }
    problems.sort();
    Ok(if problems.is_empty() {
        Ok(ReadFile { file, source, places, found: RefCell::default() })
    } else {
        Err(problems)
    })
}

/// The contract without its lines, when they are stored unchanged. Otherwise the stored version
/// with its lines replaces its header in `stored`.
async fn against_stored(
    contract: Contract,
    stored: &mut ContractsFile,
    whole: &mut impl AsyncFnMut(&ContractId, u32) -> Result<Option<Contract>, StorageError>,
) -> Result<Contract, ImportError> {
    let key = |contract: &Contract| (contract.id.clone(), contract.version);
    let place = stored.contracts.binary_search_by_key(&key(&contract), key);
    let Ok(place) = place else { return Ok(contract) };
    let Some(before) = whole(&contract.id, contract.version).await? else { return Ok(contract) };
    // A draft that is suspended or ended is written again, with its lines.
    let is_rewritten = before.status == ContractStatus::Draft
        && matches!(contract.status, ContractStatus::Suspended | ContractStatus::Ended);
    if is_same(&before, &contract) && !is_rewritten {
        stored.contracts[place].lines.clear();
        return Ok(Contract { lines: Vec::new(), ..contract });
    }
    stored.contracts[place] = before;
    Ok(contract)
}

/// A file while it is read.
#[derive(Default)]
struct Reading {
    file: ContractsFile,
    format: Option<Format>,
    problems: Problems,
    /// The members so far, with their positions.
    members: BTreeMap<String, Position>,
    places: HashMap<&'static str, (Position, Vec<Position>)>,
    /// The list whose elements are skipped, because it already has a finding.
    passed_over: Option<String>,
}

impl Reading {
    /// Whether a member may be here. If not, it becomes a finding.
    fn begins(&mut self, name: &str, at: Position) -> bool {
        if let Some(before) = self.members.get(name) {
            let line = before.line;
            let reason = format!(
                "the name {name:?} appears twice in one object, first on line {line}: keep one"
            );
            self.problems.add(at, "", reason);
            return false;
        }
        self.members.insert(name.to_owned(), at);
        if LISTS.contains(&name) || VALUES.contains(&name) {
            return true;
        }
        let fields: Vec<_> =
            VALUES.iter().chain(&LISTS).map(|field| format!("{field:?}")).collect();
        let reason = format!("there is no such field here: the fields are {}", fields.join(", "));
        self.problems.add(at, name, reason);
        false
    }

    fn begin_list(&mut self, name: &str, at: Position) {
        self.passed_over = None;
        let mut is_list = self.begins(name, at);
        if is_list && VALUES.contains(&name) {
            self.problems.add(at, name, "found a list, but expected one value");
            is_list = false;
        }
        match LISTS.iter().find(|list| **list == name).filter(|_| is_list) {
            Some(list) => {
                self.places.insert(list, (at, Vec::new()));
                if *list == "sourcing_rules" {
                    self.file.sourcing_rules = Some(Vec::new());
                }
            }
            None => self.passed_over = Some(name.to_owned()),
        }
    }

    /// Takes an element or a value. It returns a contract, to be compared with what is stored.
    fn take(&mut self, element: &Element) -> Option<Contract> {
        let Element { name, place, text, at } = element;
        let path = match place {
            Some(_) if self.passed_over.as_ref() == Some(name) => return None,
            Some(place) => format!("{name}[{place}]"),
            None if self.begins(name, *at) => name.clone(),
            None => return None,
        };
        if let Some((_, places)) = self.places.get_mut(name.as_str()) {
            places.push(*at);
        }
        let findings = Findings::within(text, *at, path);
        let contract = self.value(name, place.is_some(), text, &findings);
        self.problems.append(findings.into_problems());
        contract
    }

    fn value(
        &mut self,
        name: &str,
        is_element: bool,
        text: &str,
        findings: &Findings<'_>,
    ) -> Option<Contract> {
        fn typed<T: DeserializeOwned + Serialize>(
            text: &str,
            findings: &Findings<'_>,
        ) -> Option<T> {
            read(&parse(text, findings)?, findings)
        }
        let file = &mut self.file;
        match (name, is_element) {
            ("$schema", _) => file.schema = typed::<Option<String>>(text, findings)?,
            ("format", _) => self.format = Some(typed(text, findings)?),
            ("exchange_rates", _) => file.exchange_rates = typed::<Option<_>>(text, findings)?,
            ("locations", true) => file.locations.push(typed(text, findings)?),
            ("suppliers", true) => file.suppliers.push(typed(text, findings)?),
            ("items", true) => file.items.push(typed(text, findings)?),
            ("contracts", true) => return typed(text, findings),
            ("tie_decisions", true) => file.tie_decisions.push(typed(text, findings)?),
            ("sourcing_rules", true) => {
                file.sourcing_rules.get_or_insert_default().push(typed(text, findings)?)
            }
            ("sourcing_rules", false) => {
                file.sourcing_rules = typed::<Option<Vec<_>>>(text, findings)?
            }
            // It is not a list. Reading it as one gives that finding.
            _ => _ = typed::<Vec<calloff_core::ids::ItemId>>(text, findings)?,
        }
        None
    }
}

impl ReadFile<'_> {
    /// Adds a finding about the meaning of the value at a path.
    pub fn wrong(&self, path: &Path<'_>, reason: impl Into<String>) {
        let mut segments = Vec::new();
        let mut path = *path;
        loop {
            path = match path {
                Path::Root => break,
                Path::Field(parent, name) => {
                    segments.push(Segment::Field(name.to_owned()));
                    *parent
                }
                Path::Place(parent, place) => {
                    segments.push(Segment::Place(place));
                    *parent
                }
            };
        }
        segments.reverse();
        self.found.borrow_mut().push((segments, reason.into()));
    }

    /// The line in the file of an element of a list, from 1.
    pub fn line(&self, list: &str, place: usize) -> usize {
        let places = self.places.get(list).map(|(_, places)| places.as_slice()).unwrap_or_default();
        places.get(place).copied().unwrap_or_default().line
    }

    /// Whether there is no finding about the meaning.
    pub fn is_right(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// All findings about the meaning, with their places. This reads the file again.
    pub fn into_problems(self) -> Result<Problems, ImportError> {
        let mut problems = Problems::default();
        let mut by_element: HashMap<(String, usize), Vec<Finding>> = HashMap::new();
        for (segments, reason) in self.found.into_inner() {
            match &segments[..] {
                [Segment::Field(list), Segment::Place(place), rest @ ..] => {
                    by_element
                        .entry((list.clone(), *place))
                        .or_default()
                        .push((rest.to_vec(), reason));
                }
                [Segment::Field(list), ..] => {
                    let at = self.places.get(list.as_str()).map(|(at, _)| *at).unwrap_or_default();
                    problems.add(at, list.clone(), reason);
                }
                _ => problems.add(Position::default(), "", reason),
            }
        }
        let mut elements = self.source.elements()?;
        while !by_element.is_empty() {
            let element = match elements.step() {
                Ok(Some(Step::Element(element))) => element,
                Ok(Some(Step::List(..))) => continue,
                Ok(None) | Err(_) => break,
            };
            let Some(place) = element.place else { continue };
            let Some(found) = by_element.remove(&(element.name.clone(), place)) else { continue };
            let findings =
                Findings::within(&element.text, element.at, format!("{}[{place}]", element.name));
            if let Some(root) = parse(&element.text, &findings) {
                for (segments, reason) in found {
                    along(&segments, &Path::Root, &mut |path| {
                        findings.add(&root, path, reason.clone())
                    });
                }
            }
            problems.append(findings.into_problems());
        }
        problems.sort();
        Ok(problems)
    }
}

/// Calls `call` with the path of the segments.
fn along(segments: &[Segment], path: &Path<'_>, call: &mut impl FnMut(&Path<'_>)) {
    match segments {
        [] => call(path),
        [Segment::Field(name), rest @ ..] => along(rest, &path.field(name), call),
        [Segment::Place(place), rest @ ..] => along(rest, &path.place(*place), call),
    }
}
