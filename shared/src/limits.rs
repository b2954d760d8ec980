//! Every limit of the core, with its reason or its computation.

/// The most bytes of an identifier. The longest one in the real price list is a supplier's name of
/// 75 characters.
pub const IDENTIFIER_BYTES: usize = 128;

/// The most bytes of one compressed chunk. A contract of 200,000 lines of 50 bytes has 10 MB plain
/// and 3 MB deflated.
pub const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// The most bytes of one inflated chunk. A decompression bomb costs no more than this. A contract
/// of 200,000 lines has 10 MB.
pub const CHUNK_INFLATED_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of a compressed difference between two releases. A whole catalogue of 21,000
/// lines has 500 KB. A difference that is not much smaller than the chunks is not worth the work.
pub const DIFFERENCE_BYTES: usize = 2 * 1024 * 1024;

/// The most bytes of an inflated difference: 1,000,000 steps of 6 bytes, and 2 MB of new bytes.
pub const DIFFERENCE_INFLATED_BYTES: usize = 8 * 1024 * 1024;

/// The most bytes of all chunks that one difference makes. 200,000 lines and their items have 20
/// MB.
pub const DIFFERENCE_TARGET_BYTES: usize = 64 * 1024 * 1024;

/// The most bytes of one chunk's rows in memory. 200,000 lines of 300 bytes have 60 MB, and twice
/// that is enough.
pub const CHUNK_DECODED_BYTES: usize = 128 * 1024 * 1024;

/// The most bytes of a manifest. 25,000 chunks of about 40 bytes each (kind, hash, length) hold
/// 10,000,000 lines and items.
pub const MANIFEST_BYTES: usize = 1024 * 1024;

/// The most lines of one order. The largest guide of a site has some hundreds.
pub const ORDER_LINES: usize = 1_000;

/// The largest quantity of one order line, in any unit. A site that orders more than a million has
/// mistyped.
pub const ORDER_QUANTITY: u64 = 1_000_000;

/// The most decimal places of an ordered quantity: a milligram of a kilogram.
pub const ORDER_QUANTITY_SCALE: u32 = 6;

/// The most drafts of one site that the server keeps: some for each person, over weeks. A site that
/// begins more has a fault or an attacker.
pub const SITE_DRAFTS: usize = 2_000;

/// The most lines of one order guide, including removed lines. The largest guide of a site has some
/// hundreds. An item that comes back uses its old line.
pub const GUIDE_LINES: usize = 2_000;

/// The most areas of one order guide, including removed areas. A large site has some twenty.
pub const GUIDE_AREAS: usize = 200;

/// The most contacts of one site, including removed contacts.
pub const SITE_CONTACTS: usize = 100;

/// The most bytes of a place in shelf order. Each six insertions between the same two neighbours
/// need one more byte. After 360 insertions the places are distributed anew.
pub const POSITION_BYTES: usize = 60;

/// The most bytes of the name of a person or a tablet.
pub const NAME_BYTES: usize = 200;

/// The most bytes of a change's message: the identifier of the intent (36), an escaped name, and
/// the JSON around them.
pub const CHANGE_MESSAGE_BYTES: usize = 6 * NAME_BYTES + 100;

/// The most bytes of one inflated change. An order of 1,000 lines is submitted in one change, with
/// about 400 bytes of locked price for each line.
pub const CHANGE_BYTES: usize = 1024 * 1024;

/// The most concurrent values of one register that are read. No site has that many tablets in one
/// draft.
pub const CONCURRENT_VALUES: usize = 32;

/// The most bytes of a free text that staff type, such as a note or a reason.
pub const NOTE_BYTES: usize = 2_000;

/// The most bytes of one document's changes in a push, inflated: one change of the largest size,
/// with the frame around it.
pub const PUSH_DOCUMENT_BYTES: usize = CHANGE_BYTES + 1024;

/// The most documents in one push: the orders of a day at a large site.
pub const PUSH_DOCUMENTS: usize = 100;

/// The most bytes of one packed push body. This is enough even when packing can leave nothing out.
pub const PUSH_BODY_BYTES: usize = PUSH_UNPACKED_BYTES + 64 * 1024;

/// The most bytes of one unpacked push: the changes of a few full documents. A tablet with more
/// sends several pushes.
pub const PUSH_UNPACKED_BYTES: usize = 4 * 1024 * 1024;

/// The most changes of one document in a push: one for each keystroke of a long offline day.
pub const PUSH_CHANGES: usize = 5_000;

/// The most operations of one document's changes in a push. Its bytes hold 4,500 changes of 230
/// bytes. With 8 operations each, when pars are set for all weekdays, this makes 36,000. Merging
/// one operation takes some 400 bytes, so 20 MB in all. A run-length bomb of 104 bytes declares
/// 1,000,000 operations.
pub const PUSH_DOCUMENT_OPERATIONS: u64 = 50_000;

/// The most bytes of one document after all its changes.
pub const DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// The most bytes of one document after all its changes, without compression. What people do
/// compresses to a half or a third.
pub const DOCUMENT_INFLATED_BYTES: usize = 8 * 1024 * 1024;

/// The most operations in the whole history of one document. An order of 1,000 lines needs 6,000 to
/// fill it, 1,000 for each submission and one for each correction. A site's settings need 30,000 a
/// year: twenty changes a day with four operations each.
pub const DOCUMENT_OPERATIONS: u64 = 200_000;

/// The most bytes of a document that the server stores without compression. An order of 100 lines
/// has some 20 KB, and half of that deflated.
pub const PLAIN_DOCUMENT_BYTES: usize = 64 * 1024;

/// The most documents in one answer to a pull, including the documents that it leaves out.
pub const PULL_DOCUMENTS: usize = 200;

/// The most heads that a pull names as known: two heads for each document of five full pushes.
/// 1,000 heads of 67 bytes make 67 KB of JSON.
pub const PULL_KNOWN: usize = 1_000;

/// The most order lines into which one wanted quantity is split. A site that needs more has
/// mistyped, or should ask procurement.
pub const PIECES: usize = 10;

/// The percentage of a hard maximum that publishing divides evenly among sites without an
/// allotment. The rest is the reserve. With 60 percent, three sites that share a hard maximum of
/// 100 begin with 20 each, and the first site that needs more can get some of the 40 in reserve.
pub const ALLOTTED_PERCENT: u32 = 60;

/// The number of days for which an order with the prices of a superseded release is honoured,
/// unless the contract says otherwise.
pub const OFFLINE_GRACE_DAYS: u16 = 7;

/// The number of days by which a tablet's date may be ahead of the server's, because a clock may be
/// a little fast around midnight. A release with a later first day is not in force yet.
pub const CLOCK_GRACE_DAYS: i32 = 1;

/// The number of minutes after a cut-off in which an order still counts as in time. It may have
/// been sent before, on a slow connection or with a slow clock. No supplier loads a van within this
/// time.
pub const CUT_OFF_GRACE_MINUTES: i64 = 5;

/// The largest quantity of one locked price, in the orderable unit: [`ORDER_QUANTITY`] packages of
/// a million units each.
pub const LOCKED_QUANTITY: u64 = 1_000_000_000_000;

/// The largest price of one locked price, in units of the currency. It may buy a million units.
pub const LOCKED_UNIT_PRICE: u64 = 1_000_000_000_000_000;

/// The largest amount of one order line, in minor units of its currency: 9,000,000,000.00 USD or
/// 900,000,000,000 JPY. Databases add amounts as 64-bit integers, which end at 9.22·10^18. Ten
/// million lines with the largest amount come to 9·10^18.
pub const LINE_AMOUNT: i64 = 900_000_000_000;

/// The number of days for which the name of a person who left still counts as a person of the site.
/// A tablet that was offline for this time does not know better.
pub const FORMER_STAFF_DAYS: u32 = 30;

/// The largest percentage of a hard maximum's reserve that one request gets, so that no site takes
/// all of it at once.
pub const TOP_UP_PERCENT: u32 = 50;

/// The number of delivery days among which a decision about a late order may choose: more than two
/// weeks of working days.
pub const DELIVERY_DAYS_OFFERED: usize = 14;

/// The most time zones of one release. The IANA database has some 600 names.
pub const TIME_ZONES: usize = 1_000;

/// The most bytes of one time zone's rules. The longest rules in the IANA database have some 2,000.
pub const TIME_ZONE_BYTES: usize = 16 * 1024;

/// How many days after their last delivery settled orders stay on tablets. What a site usually
/// orders, and what it orders again, is younger than a season.
pub const DAYS_ON_TABLETS: u32 = 90;

/// The most bytes of a stored file: a contract, a photo or an invoice. A scan of 50 pages has 15
/// MB.
pub const BLOB_BYTES: u64 = 25 * 1024 * 1024;
