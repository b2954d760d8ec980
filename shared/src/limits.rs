//! Every limit of the core, each with its reason or its sum.

/// Bytes of an identifier. The longest in the real price list is a supplier's name of 75
/// characters.
pub const IDENTIFIER_BYTES: usize = 128;

/// Bytes of one chunk as it travels, compressed: a contract of 200,000 lines of 50 bytes comes to
/// 10 MB raw and 3 MB deflated.
pub const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of one chunk, inflated: a decompression bomb costs no more than this. A contract of
/// 200,000 lines comes to 10 MB.
pub const CHUNK_INFLATED_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a difference between two releases as it travels, compressed: a whole catalogue of
/// 21,000 lines has 500 KB, and a difference that is not far smaller than the chunks is not worth
/// its making.
pub const DIFFERENCE_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of a difference after inflating: 1,000,000 steps of 6 bytes and as many new bytes.
pub const DIFFERENCE_INFLATED_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of all chunks that one difference makes: 200,000 lines and their items come to 20 MB.
pub const DIFFERENCE_TARGET_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of one chunk's rows in memory: 200,000 lines of 300 bytes come to 60 MB, twice that is
/// room enough.
pub const CHUNK_DECODED_BYTES: usize = 128 * 1024 * 1024;

/// Bytes of a manifest: 25,000 chunks of about 40 bytes each (kind, hash, length), those of
/// 10,000,000 lines and items.
pub const MANIFEST_BYTES: usize = 1024 * 1024;

/// Lines of one order. A site's largest guide has some hundreds.
pub const ORDER_LINES: usize = 1_000;

/// The most of one order line, in whatever unit: a site that orders more than a million of
/// something has mistyped.
pub const ORDER_QUANTITY: u64 = 1_000_000;

/// Decimal places of an ordered quantity: a milligram of a kilogram.
pub const ORDER_QUANTITY_SCALE: u32 = 6;

/// Drafts of one site that the server keeps: some for each person for weeks. Whoever begins more
/// has a fault or means harm.
pub const SITE_DRAFTS: usize = 2_000;

/// Lines of one order guide, removed ones included: a site's largest guide has some hundreds, and
/// an item that comes back takes its old line.
pub const GUIDE_LINES: usize = 2_000;

/// Areas of one order guide, removed ones included: a large site walks through some twenty.
pub const GUIDE_AREAS: usize = 200;

/// Contacts of one site, removed ones included.
pub const SITE_CONTACTS: usize = 100;

/// Bytes of a place in shelf order. Putting things between the same two neighbours over and over
/// takes a byte for each six; after 360 times they are spread anew.
pub const POSITION_BYTES: usize = 60;

/// Bytes of a person's or a device's name.
pub const NAME_BYTES: usize = 200;

/// Bytes of what a change says of its intent: the intent's id (36), an escaped name, and the JSON
/// around them.
pub const CHANGE_MESSAGE_BYTES: usize = 6 * NAME_BYTES + 100;

/// Bytes of one change, inflated. An order of 1,000 lines is submitted in one: about 400 bytes of
/// pin a line.
pub const CHANGE_BYTES: usize = 1024 * 1024;

/// Concurrent values of one register that are read; no site has that many tablets in one draft.
pub const CONCURRENT_VALUES: usize = 32;

/// Bytes of a free text that staff type (a note, a reason).
pub const NOTE_BYTES: usize = 2_000;

/// Bytes of one document's changes in a push, deflated ones inflated: one of the largest, with the
/// frame around it.
pub const PUSH_DOCUMENT_BYTES: usize = CHANGE_BYTES + 1024;

/// Documents in one push: a day's orders of a large site.
pub const PUSH_DOCUMENTS: usize = 100;

/// Bytes of one push body as it travels, packed: what is in it, if nothing of it could be left out.
pub const PUSH_BODY_BYTES: usize = PUSH_UNPACKED_BYTES + 64 * 1024;

/// Bytes of one push, unpacked: the changes of a few full documents. A tablet with more sends
/// several.
pub const PUSH_UNPACKED_BYTES: usize = 4 * 1024 * 1024;

/// Changes of one document in a push: one a keystroke for a long offline day.
pub const PUSH_CHANGES: usize = 5_000;

/// Operations of one document's changes in a push. As many changes as its bytes hold, 4,500 of 230
/// bytes, have 8 each where pars are set for all weekdays: 36,000. Merging an operation takes some
/// 400 bytes: 20 MB. A run-length bomb of 104 bytes declares 1,000,000.
pub const PUSH_DOCUMENT_OPERATIONS: u64 = 50_000;

/// Bytes of one document after all its changes.
pub const DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of one document after all its changes, nothing of it deflated. What people do deflates to
/// a half or a third.
pub const DOCUMENT_INFLATED_BYTES: usize = 8 * 1024 * 1024;

/// Operations of one document, its whole history. An order of 1,000 lines comes to 6,000 to fill
/// it, 1,000 for each submission and one for each correction; a site's settings, twenty changes a
/// day of four operations, to 30,000 a year.
pub const DOCUMENT_OPERATIONS: u64 = 200_000;

/// Bytes up to which the server stores a document plain: an order of 100 lines comes to some 20 KB,
/// deflated to half of that.
pub const PLAIN_DOCUMENT_BYTES: usize = 64 * 1024;

/// Documents in one answer to a pull, those that it leaves out included.
pub const PULL_DOCUMENTS: usize = 200;

/// Heads that a pull names as known: those of five full pushes, two heads each. 1,000 of 67 bytes
/// come to 67 KB of JSON.
pub const PULL_KNOWN: usize = 1_000;

/// Order lines that one wanted quantity is cut into. A site that needs more has mistyped, or should
/// ask procurement.
pub const PIECES: usize = 10;

/// Percent of a cap that publishing gives out evenly to sites that have nothing yet; the rest is
/// the reserve for top-ups. With 60, three sites of a cap of 100 begin with 20 each, and whoever
/// needs more first has 40 to draw on.
pub const ALLOTTED_PERCENT: u32 = 60;

/// Days for which an order that was resolved offline with a superseded release is honoured, unless
/// the contract says otherwise.
pub const OFFLINE_GRACE_DAYS: u16 = 7;

/// Days for which a tablet's clock, or its day, may be ahead of the server's: around midnight it is
/// a little fast. A release whose first day is later than that is not in force yet.
pub const CLOCK_GRACE_DAYS: i32 = 1;

/// Minutes after a cut-off for which an order still counts as in time: it was sent before, and had
/// a slow way, or a clock that is a little slow. No supplier loads a van within so long.
pub const CUT_OFF_GRACE_MINUTES: i64 = 5;

/// The most of one pinned line, in the orderable unit: [`ORDER_QUANTITY`] of a package that holds a
/// million of them.
pub const PIN_QUANTITY: u64 = 1_000_000_000_000;

/// The most that one pinned line may cost, and that its price may be, in units of the currency. An
/// amount with four decimal places has 19 digits at most, and a sum holds 28: a thousand million
/// such lines can be added.
pub const PIN_AMOUNT: u64 = 1_000_000_000_000_000;

/// Days on which a name still stands for somebody of the site after that person left: a tablet that
/// was offline so long knows no better.
pub const FORMER_STAFF_DAYS: u32 = 30;

/// Percent of what the reserve of a cap holds that one request takes at most: nobody takes all of
/// it at once.
pub const TOP_UP_PERCENT: u32 = 50;

/// Days of delivery that a decision about a late order may choose from: two weeks and more of
/// working days.
pub const DELIVERY_DAYS_OFFERED: usize = 14;

/// Time zones of one release: the IANA database has some 600 names.
pub const TIME_ZONES: usize = 1_000;

/// Bytes of one time zone's rules. The longest of the IANA database has some 2,000.
pub const TIME_ZONE_BYTES: usize = 16 * 1024;
