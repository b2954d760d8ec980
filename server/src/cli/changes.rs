//! Describes in words what changes in a contract.

use std::fmt::{Display, Write as _};

use calloff_core::ids::ItemId;

use crate::exchange::amend::{Change, Missing, Plan};
use crate::exchange::difference::{
    AddedLine, Conflict, Described, Difference, FieldChange, LineChange, Thing,
};
use crate::words::counted;

/// The number of lines of each kind that are listed, unless all are wanted.
const LISTED: usize = 10;

/// How much is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// The first few of each kind.
    Short,
    /// Everything.
    All,
}

/// Describes what an import does to contracts, and to the things that contracts are about.
pub fn plans_text(plans: &[Plan], described: &[Described], length: Length) -> String {
    let mut text: String = plans.iter().map(|plan| plan_text(plan, length)).collect();
    for kind in [Thing::Location, Thing::Supplier, Thing::Item, Thing::Contract] {
        let changes: Vec<_> = described.iter().filter(|change| change.kind == kind).collect();
        if changes.is_empty() {
            continue;
        }
        let changing = match changes.len() {
            1 => format!("1 {kind} changes"),
            count => format!("{count} {kind}s change"),
        };
        writeln!(text, "{changing}:").ok();
        let line =
            |change: &&Described| format!("{kind} {}: {}", change.id, joined(&change.fields));
        list(&mut text, "  ", changes.iter().map(line), length);
    }
    text
}

/// Describes changes of single values, such as the status of a contract. Every value that is
/// replaced or removed is listed. Of new values, the first few are.
pub fn values_text(changes: &[FieldChange], length: Length) -> String {
    let shown = |value: &str| if value.is_empty() { "none".to_owned() } else { value.to_owned() };
    let line = |FieldChange { field, from, to }: &FieldChange| {
        format!("{field}: {} → {}", shown(from), shown(to))
    };
    let (new, replaced): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| change.from.is_empty());
    let mut text = String::new();
    list(&mut text, "", replaced.into_iter().map(line), Length::All);
    list(&mut text, "", new.into_iter().map(line), length);
    text
}

fn plan_text(plan: &Plan, length: Length) -> String {
    let Plan { contract, version, difference, .. } = plan;
    let what = match (plan.change, plan.effective_from) {
        (Change::None, _) => "nothing changes".to_owned(),
        (Change::New, _) => {
            format!("a new contract with {}", counted(difference.added.len(), "line", "lines"))
        }
        (Change::Amendment, Some(from)) => format!("an amendment, version {version}, from {from}"),
        (Change::Redraft, Some(from)) => format!("changes draft version {version}, from {from}"),
        (Change::Amendment | Change::Redraft, None) => format!("changes draft version {version}"),
    };
    let mut text = format!("Contract {contract}: {what}\n");
    if plan.change != Change::New {
        text += &difference_text(difference, &plan.conflicts, length);
    }
    for note in &plan.notes {
        writeln!(text, "  note: {note}").ok();
    }
    if !plan.left_out.is_empty() {
        let is_one = plan.left_out.len() == 1;
        let fate = match (plan.missing, is_one) {
            (Missing::Keep, true) => "stays as it is (--missing end ends it)",
            (Missing::Keep, false) => "stay as they are (--missing end ends them)",
            (Missing::End, true) => "ends with it (--missing keep keeps it)",
            (Missing::End, false) => "end with it (--missing keep keeps them)",
        };
        let lines = counted(plan.left_out.len(), "line", "lines");
        writeln!(text, "  {lines} that the list leaves out, which {fate}:").ok();
        list(&mut text, "    ", plan.left_out.iter(), length);
    }
    text
}

/// Describes what a version changes, and which changes later versions do not have.
pub fn difference_text(difference: &Difference, conflicts: &[Conflict], length: Length) -> String {
    described_difference(difference, conflicts, length, |_| None)
}

/// Does the same as [`difference_text`], with the descriptions of the items of new lines.
pub fn described_difference<'i>(
    difference: &Difference,
    conflicts: &[Conflict],
    length: Length,
    description: impl Fn(&ItemId) -> Option<&'i str>,
) -> String {
    let mut text = String::new();
    for change in &difference.header {
        writeln!(text, "  {change}").ok();
    }
    let counted = [
        ("added", difference.added.len()),
        ("changed", difference.changed.len()),
        ("ended", difference.ended.len()),
        ("as before", difference.unchanged),
    ];
    let counts: Vec<_> =
        counted.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect();
    if !counts.is_empty() {
        writeln!(text, "  lines: {}", counts.join(", ")).ok();
    }
    let added = |line: &AddedLine| match description(&line.name.item) {
        Some(description) => format!("{line}; {description}"),
        None => line.to_string(),
    };
    list(&mut text, "    added: ", difference.added.iter().map(added), length);
    let changed = |change: &LineChange| format!("{}: {}", change.name, joined(&change.fields));
    list(&mut text, "    changed: ", difference.changed.iter().map(changed), length);
    list(&mut text, "    ended: ", difference.ended.iter(), length);
    for conflict in conflicts {
        let Conflict { version, from, reverted, lost, revived } = conflict;
        writeln!(text, "  version {version} does not have this change, and from {from}:").ok();
        list(&mut text, "    goes back: ", reverted.iter().map(changed), length);
        list(&mut text, "    is not in it: ", lost.iter(), length);
        list(&mut text, "    comes back: ", revived.iter(), length);
        writeln!(
            text,
            "    (import the list with --effective {from}, too, if the change should last)"
        )
        .ok();
    }
    text
}

fn joined(fields: &[impl Display]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn list(
    text: &mut String,
    before: &str,
    entries: impl ExactSizeIterator<Item = impl Display>,
    length: Length,
) {
    let count = entries.len();
    let listed = if length == Length::All { count } else { LISTED };
    for entry in entries.take(listed) {
        writeln!(text, "{before}{entry}").ok();
    }
    if count > listed {
        writeln!(text, "{before}… and {} more (--verbose lists all)", count - listed).ok();
    }
}
