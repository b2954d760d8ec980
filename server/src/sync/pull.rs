//! Pulls: the documents of a site that changed since a tablet's last pull.

use calloff_core::ids::DocumentId;
use calloff_core::limits::{PULL_DOCUMENTS, PULL_KNOWN};
use calloff_core::wire::{Actor, Blob, PullRequest, PullResponse, PulledDocument};

use crate::error::ServiceError;
use crate::put_back;
use crate::state::{AppState, Wake};
use crate::storage::StorageError;
use crate::storage::allotments::confirm_recall;
use crate::storage::devices::Device;
use crate::storage::feed::FeedEntry;
use crate::storage::incarnation::Cursor;

/// The most bytes of documents in one answer, before they are packed. A link of 256 kbit/s carries
/// this in half a minute, even if packing saves nothing. The first document is sent whatever its
/// length is.
const PULL_BYTES: usize = 1024 * 1024;

/// Lists the documents of the tablet's site that changed after the cursor, each once, in the order
/// of their last change. Documents of which the tablet has all changes are left out.
///
/// A tablet does not get old orders. The answer only names them as forgotten. A tablet that starts
/// over does not get the orders that nobody wants any more, either. When somebody writes to such an
/// order, it is listed again like any other. An order that the tablet names as wanted is not left
/// out.
///
/// A cursor is the last number of the site's feed that the tablet has seen. Some numbers have no
/// document. A cursor with such a number or a higher one confirms that the tablet knows its site's
/// smaller allotment ([`confirm_recall`]). The database that gave the cursor seals it. A cursor of
/// another database gets only the beginning of this database as its answer. The tablet then
/// compares everything that it has. A cursor of this database that is beyond the feed's end proves
/// that somebody put an older copy back. The database then gets a new incarnation.
///
/// # Errors
/// The request names more heads than [`PULL_KNOWN`]; the server failed.
pub async fn pull(
    state: &AppState,
    device: &Device,
    request: &PullRequest,
    now: i64,
) -> Result<PullResponse, ServiceError> {
    if request.known.len().max(request.wanted.len()) > PULL_KNOWN {
        return Err(ServiceError::TooLarge(format!(
            "a pull names at most {PULL_KNOWN} heads that it knows, and as many documents that it wants"
        )));
    }
    if let Some(report) = &request.report {
        state.store.note_report(&device.id, report).await?;
    }
    let mut incarnation = state.store.incarnation().await?;
    let mut cursor = incarnation.read(&device.site, request.cursor.as_deref().unwrap_or_default());
    // The head of the feed is read before the entries and the allotments. So the answer has
    // everything up to this number.
    let head = state.store.feed_head(&device.site).await?;
    if let Cursor::After(after) = cursor
        && after > head
    {
        incarnation = put_back::begin_again(state, &incarnation, Actor::Tablet(device.id)).await?;
        cursor = Cursor::Foreign;
    }
    let after = match cursor {
        Cursor::Foreign => {
            return Ok(PullResponse {
                cursor: incarnation.id,
                allotments: state.store.allotments_of(&device.site).await?,
                more: true,
                ..PullResponse::default()
            });
        }
        Cursor::Beginning => 0,
        Cursor::After(after) => {
            confirm(state, device, after).await?;
            after
        }
    };
    let entries = state.store.feed_after(&device.site, after, PULL_DOCUMENTS + 1).await?;
    let page = Page::of(&entries, request, after == 0);
    // A document that changes between the two reads is sent in its later state, and sent again with
    // the next pull.
    let mut saved = state.store.saved_documents(&page.lacking).await?;
    let documents = page
        .lacking
        .iter()
        .filter_map(|id| Some(PulledDocument { id: *id, document: Blob(saved.remove(id)?) }));
    let today = state.local_at(&device.site, now).await?.date();
    let release = state.store.release_in_force(today).await?;
    Ok(PullResponse {
        cursor: incarnation.cursor(&device.site, page.cursor(after, head)),
        documents: documents.collect(),
        forgotten: page.forgotten,
        allotments: state.store.allotments_of(&device.site).await?,
        release: release.map(|release| release.issue.number),
        more: page.more,
    })
}

/// Records that a tablet knows the smaller allotment of its site, if its cursor says so. If the
/// database cannot be written, the tablet gets its documents all the same, and its next pull
/// confirms it again.
async fn confirm(state: &AppState, device: &Device, after: i64) -> Result<(), ServiceError> {
    if !state.store.confirms_recall(device, after).await? {
        return Ok(());
    }
    let confirmed = async {
        let mut write = state.store.write().await?;
        let have_more = confirm_recall(&mut write, device, after).await?;
        write.commit().await?;
        Ok::<_, StorageError>(have_more)
    };
    match confirmed.await {
        Ok(sites) => sites.into_iter().for_each(|site| state.wake(Wake::Documents(site))),
        Err(error) => {
            tracing::warn!(
                device = %device.id,
                "cannot record that the tablet knows its site's smaller allotment: {error}"
            );
        }
    }
    Ok(())
}

/// The part of a feed that one answer covers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    /// The documents of which the tablet lacks changes.
    lacking: Vec<DocumentId>,
    /// The orders that the tablet need not keep.
    forgotten: Vec<DocumentId>,
    /// The number of the last entry that the page covers. `None` if the feed has no entry after the
    /// cursor.
    seen: Option<i64>,
    /// Whether the feed has entries after the page.
    more: bool,
}

impl Page {
    fn of(entries: &[FeedEntry], request: &PullRequest, starts_over: bool) -> Self {
        let mut page = Self::default();
        let mut bytes = 0;
        for (place, entry) in entries.iter().enumerate() {
            let is_forgotten = (entry.is_old || starts_over && entry.is_let_go)
                && !request.wanted.contains(&entry.document);
            let is_lacking = !is_forgotten && !request.has_all_of(&entry.heads);
            let is_full =
                is_lacking && bytes + entry.length > PULL_BYTES && !page.lacking.is_empty();
            if place == PULL_DOCUMENTS || is_full {
                page.more = true;
                break;
            }
            if is_lacking {
                bytes += entry.length;
                page.lacking.push(entry.document);
            }
            page.forgotten.extend(is_forgotten.then_some(entry.document));
            page.seen = Some(entry.sequence);
        }
        page
    }

    /// The number of the next cursor. `after` is the number of the present cursor. `head` was the
    /// last number of the feed before its entries were read.
    fn cursor(&self, after: i64, head: i64) -> i64 {
        let seen = self.seen.unwrap_or(after);
        if self.more { seen } else { seen.max(head) }
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::wire::PROTOCOL;

    use super::*;

    fn entry(sequence: i64, length: usize) -> FeedEntry {
        let document = DocumentId::mint(sequence, [0; 10]);
        FeedEntry {
            sequence,
            document,
            heads: vec![sequence.to_string()],
            length,
            is_let_go: false,
            is_old: false,
        }
    }

    fn request(known: Vec<String>) -> PullRequest {
        PullRequest { protocol: PROTOCOL, cursor: None, known, wanted: Vec::new(), report: None }
    }

    fn page(entries: &[FeedEntry], known: &[&str]) -> (Vec<i64>, Option<i64>, bool) {
        let known = known.iter().map(|head| (*head).to_owned()).collect();
        let page = Page::of(entries, &request(known), false);
        let number = |id| {
            entries.iter().find(|entry| entry.document == id).map_or(0, |entry| entry.sequence)
        };
        (page.lacking.into_iter().map(number).collect(), page.seen, page.more)
    }

    #[test]
    fn what_the_tablet_has_is_passed_over_and_counts_as_seen() {
        let entries: Vec<FeedEntry> = (3..=6).map(|sequence| entry(sequence, 10)).collect();
        assert_eq!(page(&entries, &["3", "5", "6"]), (vec![4], Some(6), false));
        assert_eq!(page(&entries, &["3", "4", "5", "6"]), (vec![], Some(6), false));
        assert_eq!(page(&[], &["3"]), (vec![], None, false));
    }

    #[test]
    fn what_nobody_wants_any_more_is_named_to_a_tablet_that_starts_over_and_sent_to_one_that_goes_on()
     {
        let entries = [entry(3, 10), FeedEntry { is_let_go: true, ..entry(4, 10) }, entry(5, 10)];
        let request = request(Vec::new());
        let page = |starts_over| Page::of(&entries, &request, starts_over);
        let (over, on) = (page(true), page(false));
        assert_eq!(
            (over.lacking.len(), over.forgotten, over.seen),
            (2, vec![entries[1].document], Some(5))
        );
        assert_eq!((on.lacking.len(), on.forgotten, on.seen), (3, vec![], Some(5)));
        // The tablet lost its copy, and has something unsent for it.
        let wanting = PullRequest { wanted: vec![entries[1].document], ..request };
        let wanted = Page::of(&entries, &wanting, true);
        assert_eq!((wanted.lacking.len(), wanted.forgotten, wanted.seen), (3, vec![], Some(5)));
    }

    #[test]
    fn what_is_old_is_named_to_every_tablet_but_one_that_wants_it() {
        let entries = [entry(3, 10), FeedEntry { is_old: true, ..entry(4, 10) }];
        let old = entries[1].document;
        for starts_over in [true, false] {
            let none = request(Vec::new());
            let page = Page::of(&entries, &none, starts_over);
            assert_eq!((page.lacking.len(), page.forgotten, page.seen), (1, vec![old], Some(4)));
            let wanting = PullRequest { wanted: vec![old], ..none };
            let page = Page::of(&entries, &wanting, starts_over);
            assert_eq!((page.lacking.len(), page.forgotten, page.seen), (2, vec![], Some(4)));
        }
    }

    #[test]
    fn a_cursor_passes_numbers_without_a_document_once_there_is_no_more() {
        let page = |seen, more| Page { seen, more, ..Page::default() };
        assert_eq!(page(None, false).cursor(4, 5), 5);
        assert_eq!(page(Some(5), false).cursor(4, 7), 7);
        assert_eq!(page(Some(8), false).cursor(4, 7), 8, "it came between the two reads");
        assert_eq!(page(Some(5), true).cursor(4, 7), 5);
    }

    #[test]
    fn an_answer_ends_before_the_document_that_makes_it_too_large_unless_it_is_the_first() {
        let entries = [entry(1, PULL_BYTES + 1), entry(2, 1), entry(3, PULL_BYTES), entry(4, 1)];
        assert_eq!(page(&entries, &[]), (vec![1], Some(1), true));
        assert_eq!(page(&entries[1..], &[]), (vec![2], Some(2), true));
        assert_eq!(page(&entries[1..], &["2", "4"]), (vec![3], Some(4), false));
    }

    #[test]
    fn an_answer_covers_only_so_many_documents_those_left_out_included() {
        let last = i64::try_from(PULL_DOCUMENTS).unwrap();
        let entries: Vec<FeedEntry> = (1..=last + 1).map(|sequence| entry(sequence, 1)).collect();
        let (lacking, seen, more) = page(&entries, &["1"]);
        assert_eq!((lacking.len(), seen, more), (PULL_DOCUMENTS - 1, Some(last), true));
        let (lacking, seen, more) = page(&entries[1..], &[]);
        assert_eq!((lacking.len(), seen, more), (PULL_DOCUMENTS, Some(last + 1), false));
    }
}
