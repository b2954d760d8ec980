//! Turns a list of sites into one tree. The list is a JSON object of groups, each with an array of
//! sites, or a table with one row for each site.
//!
//! The tree is: root → group → site → child site. A site finds its parent by its identifier
//! ([`Hierarchy::parent_id_length`]): `436GA` is below `436`, if there is a site `436`, even in
//! another group. Otherwise it is below its own group.
//!
//! [`Hierarchy::parent_id_length`]: super::mapping::Hierarchy::parent_id_length

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::LocationId;
use calloff_core::location::{Location, LocationError, LocationTree, Site};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use super::mapping::{Group, Headers, SitesMapping};
use super::report::{Finding, ImportReport};
use super::table::{self, TableError};
use super::{ImportError, spelling, text};

/// Why a site list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SitesError {
    /// The file has neither of the two forms.
    #[error(
        "it is neither a JSON object of groups nor a table with a column for each field of the \
         mapping: {0}"
    )]
    NoTable(TableError),
    /// The JSON is cut off.
    #[error("it is not complete JSON: {0}")]
    Json(serde_json::Error),
    /// The JSON has another structure.
    #[error("it should be an object of groups, each an array of sites: {0}")]
    Shape(String),
    /// The mapping does not have a group of the file.
    #[error("group {0:?} is not in the mapping: add [groups.{0}] with its id, name and time_zone")]
    UnknownGroup(String),
    /// The list has no site.
    #[error("it has no sites")]
    NoSites,
    /// The node of a group has the identifier of a site.
    #[error("{0} is both a group's `id` in the mapping and a site: give the group another `id`")]
    Collision(LocationId),
    /// The nodes do not form a tree.
    #[error(transparent)]
    Tree(#[from] LocationError),
}

/// The tree of a site list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteTree {
    /// The nodes: the root, the groups that have sites, and the sites.
    pub locations: Vec<Location>,
    /// The number of sites among the nodes.
    pub sites: usize,
}

/// The groups in the order of the file. A repeated key is kept, because it would hide sites.
struct Groups(Vec<(String, Vec<Value>)>);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Groups;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of groups, each an array of sites")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Groups, A::Error> {
                let mut groups = Vec::new();
                while let Some(group) = map.next_entry()? {
                    groups.push(group);
                }
                Ok(Groups(groups))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

struct ListedSite<'m> {
    id: LocationId,
    name: String,
    group: &'m Group,
}

/// Reads a site list.
///
/// # Errors
/// The file as a whole cannot be read. Single sites that cannot be read are in the report.
pub fn read(bytes: &[u8], mapping: &SitesMapping) -> Result<(SiteTree, ImportReport), ImportError> {
    let mut report = ImportReport::default();
    let text = text::read(bytes, mapping.file.encoding)?;
    report.file(text.remarks);
    let sites = if text.text.trim_start().starts_with(['{', '[']) {
        let Groups(groups) =
            serde_json::from_str(&text.text).map_err(|error| match error.classify() {
                serde_json::error::Category::Data => SitesError::Shape(error.to_string()),
                _ => SitesError::Json(error),
            })?;
        listed(&groups, mapping, &mut report)?
    } else {
        tabled(&text.text, mapping, &mut report)?
    };
    if sites.is_empty() && report.refused().next().is_none() {
        return Err(SitesError::NoSites.into());
    }
    let locations = tree(&sites, mapping)?;
    Ok((SiteTree { sites: sites.len(), locations }, report))
}

/// The sites of a table, each identifier once, with their rows.
fn tabled<'m>(
    text: &str,
    mapping: &'m SitesMapping,
    report: &mut ImportReport,
) -> Result<Vec<ListedSite<'m>>, SitesError> {
    let fields = &mapping.fields;
    let [id, name, group] =
        [&fields.id, &fields.name, &fields.group].map(|header| Headers(vec![header.clone()]));
    let wanted = [("id", &id), ("name", &name), ("group", &group)];
    let table =
        table::read(text, mapping.file.delimiter, &wanted, report).map_err(SitesError::NoTable)?;
    let mut sites = Sites::default();
    for row in &table.rows {
        let cell = |field: usize| row.cells[table.places[field]].trim();
        let key = cell(2);
        let group =
            mapping.groups.get(key).ok_or_else(|| SitesError::UnknownGroup(key.to_owned()))?;
        let spoiled = [0, 1].into_iter().find(|field| spelling::is_error(cell(*field)));
        let site = match spoiled {
            Some(field) => {
                Err(format!("{:?} is an error of a spreadsheet, not a value", cell(field)))
            }
            None => spelling::identifier(cell(0))
                .map_err(|spoiled| format!("{:?} {spoiled}", cell(0)))
                .and_then(|(id, odd)| Ok((site(&id, cell(1))?, odd))),
        };
        match site {
            Err(reason) => {
                report.refuse(row.number, Finding::Unreadable, Some((&fields.id, cell(0))), reason)
            }
            Ok((site, odd)) => {
                if !odd.is_empty() {
                    let reason = format!(
                        "looks as if a spreadsheet had changed it; it was read as {}",
                        site.0
                    );
                    report.doubt(
                        row.number,
                        Finding::Spreadsheet,
                        Some((&fields.id, cell(0))),
                        reason,
                    );
                }
                sites.add(row.number, &fields.id, site, group, report);
            }
        }
    }
    Ok(sites.listed)
}

/// The sites so far, and their places in the file.
#[derive(Default)]
struct Sites<'m> {
    listed: Vec<ListedSite<'m>>,
    rows: BTreeMap<LocationId, u64>,
    /// The first spelling of each folded identifier.
    alike: BTreeMap<String, LocationId>,
}

impl<'m> Sites<'m> {
    fn add(
        &mut self,
        row: u64,
        column: &str,
        (id, name): (LocationId, String),
        group: &'m Group,
        report: &mut ImportReport,
    ) {
        if let Some(earlier) = self.rows.get(&id) {
            let reason = format!("site {id} is also at {earlier}");
            report.refuse(row, Finding::Contradiction, Some((column, id.as_str())), reason);
            return;
        }
        let first = self.alike.entry(spelling::folded(id.as_str())).or_insert_with(|| id.clone());
        if *first != id {
            let reason = format!(
                "looks like site {first:?}; they are two sites now",
                first = first.as_str()
            );
            report.doubt(row, Finding::LooksAlike, Some((column, id.as_str())), reason);
        }
        self.rows.insert(id.clone(), row);
        self.listed.push(ListedSite { id, name, group });
    }
}

/// The sites of all groups, each identifier once. They are numbered through the file, from 1.
fn listed<'m>(
    groups: &[(String, Vec<Value>)],
    mapping: &'m SitesMapping,
    report: &mut ImportReport,
) -> Result<Vec<ListedSite<'m>>, SitesError> {
    let mut sites = Sites::default();
    let mut number = 0;
    for (key, entries) in groups {
        let group = mapping.groups.get(key).ok_or_else(|| SitesError::UnknownGroup(key.clone()))?;
        for entry in entries {
            number += 1;
            match site_of(entry, mapping) {
                Err(reason) => {
                    report.refuse(number, Finding::Unreadable, Some((key, &shown(entry))), reason)
                }
                Ok(site) => sites.add(number, key, site, group, report),
            }
        }
    }
    report.rows = sites.listed.len();
    Ok(sites.listed)
}

fn site_of(entry: &Value, mapping: &SitesMapping) -> Result<(LocationId, String), String> {
    let members = entry.as_object().ok_or("is not an object")?;
    let id = text_member(members, &mapping.fields.id)?;
    let name = text_member(members, &mapping.fields.name)?;
    if id.contains(|c| spelling::is_invisible(c) || c == spelling::REPLACEMENT) {
        return Err(format!("{:?} has an invisible or a lost character", mapping.fields.id));
    }
    site(id, name)
}

fn site(id: &str, name: &str) -> Result<(LocationId, String), String> {
    let id = LocationId::parse(id).map_err(|error| error.to_string())?;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { Err(format!("site {id} has no name")) } else { Ok((id, name)) }
}

fn text_member<'v>(members: &'v Map<String, Value>, name: &str) -> Result<&'v str, String> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) => Err(format!(
            "{name:?} is the number {number}: identifiers are text, a number has lost its leading \
             zeros"
        )),
        Some(_) => Err(format!("{name:?} is not text")),
        None => Err(format!(
            "has no {name:?}; it has {}",
            members.keys().cloned().collect::<Vec<_>>().join(", ")
        )),
    }
}

/// A site as a message shows it, at most one line long.
fn shown(entry: &Value) -> String {
    entry.to_string().chars().take(120).collect()
}

fn tree(sites: &[ListedSite<'_>], mapping: &SitesMapping) -> Result<Vec<Location>, SitesError> {
    let ids: BTreeSet<&LocationId> = sites.iter().map(|site| &site.id).collect();
    let groups: BTreeMap<&LocationId, &Group> =
        sites.iter().map(|site| (&site.group.id, site.group)).collect();
    let clash = groups.keys().copied().chain([&mapping.root.id]).find(|id| ids.contains(id));
    if let Some(id) = clash {
        return Err(SitesError::Collision(id.clone()));
    }
    let node = |id: &LocationId, parent: &LocationId, name: &str| Location {
        id: id.clone(),
        parent: Some(parent.clone()),
        name: name.to_owned(),
        site: None,
    };
    let root =
        Location { parent: None, ..node(&mapping.root.id, &mapping.root.id, &mapping.root.name) };
    let mut locations = vec![root];
    locations.extend(groups.values().map(|group| node(&group.id, &mapping.root.id, &group.name)));
    locations.extend(sites.iter().map(|site| {
        let parent = parent_id(site, mapping).filter(|parent| ids.contains(parent));
        Location {
            site: Some(Site {
                time_zone: site.group.time_zone.clone(),
                currency: mapping.site.currency,
                gln: None,
                address: Vec::new(),
                delivery_instructions: None,
            }),
            ..node(&site.id, parent.as_ref().unwrap_or(&site.group.id), &site.name)
        }
    }));
    LocationTree::new(locations.iter().cloned())?;
    Ok(locations)
}

/// The identifier that the parent of a site would have.
fn parent_id(site: &ListedSite<'_>, mapping: &SitesMapping) -> Option<LocationId> {
    let (end, _) = site.id.as_str().char_indices().nth(mapping.hierarchy.parent_id_length?)?;
    LocationId::parse(&site.id.as_str()[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::mapping::parse_sites;

    fn read_json(json: &str) -> Result<(SiteTree, ImportReport), ImportError> {
        let mapping =
            parse_sites(include_str!("../../mappings/va-sites.toml"), "va-sites.toml").unwrap();
        read(json.as_bytes(), &mapping)
    }

    fn refused(json: &str) -> String {
        read_json(json).unwrap_err().to_string()
    }

    #[test]
    fn a_table_makes_the_same_tree_as_an_object_of_groups() {
        let json = r#"{"MN": [{"value": "437GC", "label": "Fergus Falls"}, {"value": "618GA", "label": " St.  James "}],
                       "ND": [{"value": "437", "label": "Fargo"}]}"#;
        let csv = "label;group;value\nFergus Falls;MN;437GC\n St.  James ;MN;618GA\nFargo;ND;437\n";
        let (tree, report) = read_json(csv).unwrap();
        assert_eq!(tree, read_json(json).unwrap().0);
        assert_eq!(report.remarks, []);
        let rows = |csv: &str| -> Vec<_> {
            let (_, report) = read_json(&format!("value,label,group\n{csv}")).unwrap();
            report.remarks.into_iter().map(|remark| (remark.row, remark.finding)).collect()
        };
        assert_eq!(rows("1,A,MN\n1,B,MN\n"), [(Some(3), Finding::Contradiction)]);
        assert_eq!(
            rows("1,A,MN\n#N/A,B,MN\n4.1E+5,C,MN\n"),
            [3, 4].map(|row| (Some(row), Finding::Unreadable))
        );
        assert_eq!(rows("a1,A,MN\nA1,B,MN\n"), [(Some(3), Finding::LooksAlike)]);
        assert!(refused("value,label,group\n1,A,XX\n").contains("[groups.XX]"));
        let neither = refused("id,name\n1,A\n");
        assert!(neither.contains("neither a JSON object of groups nor a table"), "{neither}");
        assert!(neither.contains("\"value\" (for `id`)"), "{neither}");
    }

    #[test]
    fn a_child_stands_below_its_parent_even_of_another_group() {
        let json = r#"{"MN": [{"value": "437GC", "label": "Fergus Falls"}, {"value": "618GA", "label": " St.  James "}],
                       "ND": [{"value": "437", "label": "Fargo"}]}"#;
        let (tree, report) = read_json(json).unwrap();
        let found: Vec<_> = tree
            .locations
            .iter()
            .map(|node| {
                let zone = node.site.as_ref().map_or("-", |site| site.time_zone.as_str());
                (
                    node.id.as_str(),
                    node.parent.as_ref().map_or("-", LocationId::as_str),
                    node.name.as_str(),
                    zone,
                )
            })
            .collect();
        let expected = [
            ("VA", "-", "US Department of Veterans Affairs", "-"),
            ("US-MN", "VA", "Minnesota", "-"),
            ("US-ND", "VA", "North Dakota", "-"),
            ("437GC", "437", "Fergus Falls", "America/Chicago"),
            ("618GA", "US-MN", "St. James", "America/Chicago"),
            ("437", "US-ND", "Fargo", "America/Chicago"),
        ];
        assert_eq!(found, expected);
        assert_eq!((tree.sites, report.remarks.len()), (3, 0));
    }

    #[test]
    fn sites_that_cannot_be_read_are_refused_by_number() {
        let json = r#"{"VT": [{"value": 405, "label": "A"}, {"value": "405", "label": "B"}, {"value": "405", "label": "C"},
                              {"value": "406"}, {"value": " 7", "label": "D"}, 8, {"value": "409", "label": " "}]}"#;
        let (tree, report) = read_json(json).unwrap();
        let rows: Vec<_> = report.refused().map(|remark| remark.row.unwrap()).collect();
        assert_eq!((tree.sites, rows), (1, vec![1, 3, 4, 5, 6, 7]));
    }

    #[test]
    fn files_that_are_no_site_list_are_refused_with_the_reason() {
        assert!(refused(r#"{"VT": [{"value": "405", "#).contains("not complete JSON"));
        assert!(refused(r#"[{"value": "405", "label": "A"}]"#).contains("object of groups"));
        assert!(refused(r#"{"Vermont": []}"#).contains("[groups.Vermont]"));
        assert!(refused(r#"{"VT": []}"#).contains("no sites"));
        assert!(refused(r#"{"VT": [{"value": "US-VT", "label": "A"}]}"#).contains("US-VT"));
        assert!(refused("\u{0}\u{1}").contains("binary"));
    }
}
