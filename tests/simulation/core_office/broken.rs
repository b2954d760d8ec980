//! The broken parts of the pipeline, for the sabotages.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::Transactable;
use automerge::{ObjId, ROOT, ReadDoc};
use calloff_core::document::{self, genesis, server_actor};
use calloff_core::ids::DocumentId;
use calloff_core::order::{OrderState, PurchaseOrder};
use calloff_core::sync::{Batch, Validated};
use calloff_core::wire::{Blob, DocumentOutcome};
use calloff_tests::mutation;

use super::{Stored, Tables, next_number, put_bytes};

/// Merges a refused batch without any check.
pub(super) fn merge_unasked(write: &mut Tables, batch: Batch<'_>) -> Option<DocumentOutcome> {
    let merged = catch_unwind(AssertUnwindSafe(|| {
        let mut document = match batch.stored {
            Some(bytes) => document::load(bytes).ok()?,
            None => genesis::begin(batch.kind).ok()?,
        };
        document.load_incremental(batch.changes).ok()?;
        Some((document::heads(&document), document.save()))
    }));
    let (heads, bytes) = merged.ok()??;
    let stored =
        Stored { site: batch.site.clone(), bytes: bytes.into(), is_let_go: false, is_old: false };
    put_bytes(write, batch.document, stored);
    Some(DocumentOutcome::Accepted { heads, changes: Blob(Vec::new()) })
}

/// Purchase orders at the prices that the tablet sent.
pub(super) fn believed(write: &mut Tables, order: &OrderState) -> Vec<PurchaseOrder> {
    let locked =
        order.ordered_lines().filter_map(|(id, line)| Some((id.clone(), line.locked.clone()?)));
    locked
        .map(|(id, locked)| PurchaseOrder {
            item_names: Default::default(),
            charges: Vec::new(),
            number: next_number(write),
            supplier: locked.supplier,
            supplier_name: None,
            delivery_date: locked.delivery_date,
            total: locked.amount,
            lines: vec![id],
        })
        .collect()
}

/// All changes of a batch but the last one. `None` if it has only one.
pub(super) fn half(changes: &[u8]) -> Option<Vec<u8>> {
    let whole = catch_unwind(|| mutation::split(changes)).ok()?;
    let (_, first) = whole.split_last()?;
    (!first.is_empty()).then(|| first.concat())
}

/// Settles every conflict in a site's settings with the value that is shown first.
pub(super) fn settle(merged: &mut Validated, id: DocumentId) {
    let mut maps = vec![ROOT];
    for part in ["areas", "lines", "hours", "contacts"] {
        let Ok(Some((_, part))) = merged.document.get(ROOT, part) else { continue };
        let inner = |key: String| {
            merged.document.get(&part, key).ok().flatten().filter(|(value, _)| value.is_object())
        };
        let inner: Vec<ObjId> =
            merged.document.keys(&part).filter_map(inner).map(|(_, map)| map).collect();
        maps.extend(inner.into_iter().chain([part]));
    }
    let mut settled = Vec::new();
    for map in maps {
        let contested =
            |key: &String| merged.document.get_all(&map, key).is_ok_and(|all| all.len() > 1);
        for key in merged.document.keys(&map).filter(contested) {
            let shown = merged.document.get(&map, &key).expect("a map").expect("a value").0;
            settled.push((map.clone(), key, shown.as_str().expect("a text").to_owned()));
        }
    }
    merged.document.set_actor(server_actor(&id));
    let mut transaction = merged.document.transaction();
    settled
        .into_iter()
        .for_each(|(map, key, shown)| transaction.put(&map, key, shown).expect("written"));
    transaction.commit();
    merged.bytes = merged.document.save();
    merged.heads = document::heads(&merged.document);
}
