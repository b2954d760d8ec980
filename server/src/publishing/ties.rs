//! Settles ties by a rule. Before, it lists every tie with its winner.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::TieDecision;
use calloff_core::ids::{ContractId, PersonId};
use calloff_core::publish::check::{CheckReport, ContentRefusal, LineName, Tie};
use serde::Serialize;

use crate::storage::contracts::StoredVersion;

/// The reason in a tie decision by the rule "the smaller contract number wins".
pub const CONTRACT_NUMBER_RULE: &str = "contract-number: the smaller contract number wins";

/// The reason when the other contract is a draft that nobody looked at.
const UNSEEN_RULE: &str = "contract-number: the other contract is a draft that nobody looked at";

/// A tie and its winner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettledTie {
    /// The tie.
    pub tie: Tie,
    /// The winner. `None` when both are drafts that nobody looked at: such a tie stays open.
    pub winner: Option<ContractId>,
    /// The contracts of the tie whose line is in a draft that nobody looked at.
    pub unseen: Vec<ContractId>,
}

/// All ties of a report with their winners, and a decision for each pair of contracts.
///
/// The smaller contract number wins. But a contract whose tied line is in a draft that nobody
/// looked at never wins over a contract that was published or looked at (`calloff draft show`). A
/// list that somebody tried with a wrong column must not get orders because its numbers are small.
/// If both are such drafts, nobody wins.
pub(super) fn settle(
    report: &CheckReport,
    by: &PersonId,
    versions: &BTreeMap<ContractId, Vec<StoredVersion>>,
) -> (Vec<SettledTie>, Vec<TieDecision>) {
    let is_unseen = |line: &LineName| {
        let version = versions
            .get(&line.contract)
            .into_iter()
            .flatten()
            .find(|v| v.contract.version == line.version);
        version.is_some_and(|version| version.is_draft() && !version.is_seen)
    };
    let ties = report.refusals.iter().filter_map(|refusal| match refusal {
        ContentRefusal::Ambiguous(tie) if tie.a.contract != tie.b.contract => Some(tie),
        _ => None,
    });
    let ties: Vec<&Tie> = ties.collect();
    // It counts for the contract as a whole, so that the decisions never form a circle.
    let lines = ties.iter().flat_map(|tie| [&tie.a, &tie.b]);
    let unseen: BTreeSet<&ContractId> =
        lines.filter(|line| is_unseen(line)).map(|line| &line.contract).collect();
    let winner = |tie: &Tie| -> Option<(ContractId, &'static str)> {
        let (a, b) = (&tie.a.contract, &tie.b.contract);
        match (unseen.contains(a), unseen.contains(b)) {
            (false, false) => Some((a.min(b).clone(), CONTRACT_NUMBER_RULE)),
            (true, true) => None,
            (false, true) => Some((a.clone(), UNSEEN_RULE)),
            (true, false) => Some((b.clone(), UNSEEN_RULE)),
        }
    };
    let mut decisions: BTreeMap<(ContractId, ContractId), TieDecision> = BTreeMap::new();
    let mut settled = Vec::with_capacity(ties.len());
    for tie in ties {
        let found = winner(tie);
        let both = [&tie.a.contract, &tie.b.contract];
        if let Some((winner, reason)) = &found {
            let loser = if both[0] == winner { both[1] } else { both[0] };
            let pair = (winner.min(loser).clone(), winner.max(loser).clone());
            decisions.entry(pair).or_insert_with(|| TieDecision {
                winner: winner.clone(),
                loser: loser.clone(),
                decided_by: by.clone(),
                reason: (*reason).to_owned(),
            });
        }
        settled.push(SettledTie {
            tie: tie.clone(),
            winner: found.map(|(winner, _)| winner),
            unseen: both
                .into_iter()
                .filter(|contract| unseen.contains(contract))
                .cloned()
                .collect(),
        });
    }
    (settled, decisions.into_values().collect())
}
