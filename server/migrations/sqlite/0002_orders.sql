-- Who may come in, what tablets sent, and the rows that finance reads. Times are milliseconds since the Unix epoch by the
-- server's clock unless a column says otherwise. Secrets are stored as hashes only.

CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Argon2id in the PHC string format; NULL for a person who only picks their name on a tablet.
    password_hash TEXT
) STRICT;

CREATE TABLE person_role (
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role TEXT NOT NULL
        CHECK (role IN ('staff', 'site_manager', 'procurement', 'finance', 'admin', 'auditor')),
    -- At this node and below. No foreign key: an import replaces the tree, and a role at a node that is gone admits nothing.
    location TEXT NOT NULL,
    PRIMARY KEY (person, role, location)
) STRICT;

CREATE INDEX person_role_location ON person_role (location);

CREATE TABLE session (
    -- SHA-256 of the cookie's token.
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX session_expires_at ON session (expires_at);

-- Failed attempts to come in, kept for the window in which they count.
CREATE TABLE failed_attempt (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('sign_in', 'enrol')),
    -- The sign-in name that was tried, or the address that tried.
    subject TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX failed_attempt_subject ON failed_attempt (kind, subject, at);

CREATE TABLE device (
    -- UUIDv7.
    id TEXT NOT NULL PRIMARY KEY,
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    -- SHA-256 of the credential.
    credential_hash BLOB NOT NULL UNIQUE CHECK (length(credential_hash) = 32),
    enrolled_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE enrolment_code (
    -- SHA-256 of the code.
    code_hash BLOB NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
    site TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The tablet that used it.
    device TEXT REFERENCES device (id)
) STRICT;

CREATE TABLE document (
    -- UUIDv7, minted on a tablet.
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('order')),
    site TEXT NOT NULL,
    -- As Automerge saves it.
    bytes BLOB NOT NULL,
    -- The heads of `bytes`, as tablets are told: a JSON array of hashes.
    heads TEXT NOT NULL CHECK (json_valid(heads)),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- The last number given out in each site's feed.
CREATE TABLE feed_head (
    site TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL CHECK (sequence > 0)
) STRICT;

-- What changed at a site, in commit order. A document stands only at its latest change: whoever reads on from any number
-- still meets it, and the feed is never longer than there are documents.
CREATE TABLE feed (
    site TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    document TEXT NOT NULL UNIQUE REFERENCES document (id),
    PRIMARY KEY (site, sequence)
) STRICT, WITHOUT ROWID;

-- The last number given to a purchase order: one row.
CREATE TABLE purchase_order_number (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;

INSERT INTO purchase_order_number (only, last) VALUES (1, 0);

-- Submitted orders as finance reads them: derived from `document` in the same transaction, never edited.
CREATE TABLE order_head (
    document TEXT NOT NULL PRIMARY KEY REFERENCES document (id),
    site TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('submitted', 'refused', 'accepted')),
    submitted_by TEXT NOT NULL,
    -- By the tablet's clock: shown, not trusted.
    submitted_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    -- The day of `received_at` where the site is.
    received_on TEXT NOT NULL,
    release INTEGER,
    lines INTEGER NOT NULL CHECK (lines >= 0)
) STRICT;

CREATE INDEX order_head_received ON order_head (received_at DESC, document);
CREATE INDEX order_head_site ON order_head (site, received_on);

CREATE TABLE order_line_fact (
    document TEXT NOT NULL REFERENCES order_head (document) ON DELETE CASCADE,
    line TEXT NOT NULL,
    supplier TEXT NOT NULL,
    contract TEXT NOT NULL,
    contract_version INTEGER NOT NULL,
    contract_line TEXT NOT NULL,
    item TEXT NOT NULL,
    -- In the contract's orderable unit; decimals are canonical text, summed by the server and never by the database.
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    base_quantity TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    delivery_date TEXT NOT NULL,
    PRIMARY KEY (document, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_line_fact_item ON order_line_fact (item);

CREATE TABLE purchase_order (
    number TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL REFERENCES order_head (document) ON DELETE CASCADE,
    supplier TEXT NOT NULL,
    supplier_name TEXT NOT NULL,
    delivery_date TEXT NOT NULL,
    currency TEXT NOT NULL,
    total TEXT NOT NULL
) STRICT;

CREATE INDEX purchase_order_document ON purchase_order (document);
CREATE INDEX purchase_order_supplier ON purchase_order (supplier, document);

-- Batches that were refused, for whoever looks into it; the oldest go when there are too many.
CREATE TABLE quarantine (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    document TEXT NOT NULL,
    -- The refusals, as the tablet was told.
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    changes BLOB NOT NULL
) STRICT;

-- Sites below a node are looked for with every list of orders.
CREATE INDEX location_parent ON location (parent);
