-- Purchase orders on their way to suppliers.

-- A newer node may write states that an older one does not know. So no CHECK lists the states.
-- Purchase orders from before Calloff sent any are `unknown`.
ALTER TABLE purchase_order ADD COLUMN state TEXT NOT NULL DEFAULT 'unknown';
-- Since when it is in this state, in milliseconds since the Unix epoch. NULL if nobody knows.
ALTER TABLE purchase_order ADD COLUMN state_since INTEGER;
-- Why a person must send it, in English. NULL if none must.
ALTER TABLE purchase_order ADD COLUMN why_person TEXT;

CREATE INDEX purchase_order_delivery ON purchase_order (delivery_date DESC, number);
CREATE INDEX purchase_order_to_send ON purchase_order (state) WHERE state <> 'sent';

-- How a supplier is reached. A supplier without a row has the channel of its contracts.
CREATE TABLE supplier_profile (
    supplier TEXT NOT NULL PRIMARY KEY REFERENCES supplier (id),
    -- The number of changes. A change names the revision that it replaces.
    revision INTEGER NOT NULL CHECK (revision > 0),
    -- The name of the person who made the last change.
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    -- The JSON of the core's `SupplierProfile`.
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- The organisation's customer numbers. The node may have left the tree.
CREATE TABLE supplier_account (
    supplier TEXT NOT NULL REFERENCES supplier (id),
    location TEXT NOT NULL,
    number TEXT NOT NULL,
    -- A mail address for the orders of these sites. Empty for the address of the channel.
    order_address TEXT NOT NULL,
    PRIMARY KEY (supplier, location)
) STRICT, WITHOUT ROWID;

-- One sending of a revision of a purchase order by one channel.
CREATE TABLE dispatch (
    id INTEGER PRIMARY KEY,
    purchase_order TEXT NOT NULL REFERENCES purchase_order (number),
    revision INTEGER NOT NULL CHECK (revision > 0),
    -- `manual`, `email`, `webhook` or `file_drop`.
    channel TEXT NOT NULL,
    -- A mail address, a URL or the name of a folder. Empty for `manual`.
    destination TEXT NOT NULL,
    -- How often a person asked for it, from 1.
    copy INTEGER NOT NULL CHECK (copy > 0),
    state TEXT NOT NULL,
    -- The name of the person who sent it or asked for it. NULL if the server did so by itself.
    done_by TEXT,
    -- What the person wrote about it.
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The bytes that every attempt sends. NULL for `manual`.
    content BLOB,
    UNIQUE (purchase_order, revision, channel, destination, copy)
) STRICT;

-- The attempts to send. A row is written before the attempt begins.
CREATE TABLE dispatch_attempt (
    dispatch INTEGER NOT NULL REFERENCES dispatch (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- `accepted`, `temporary`, `permanent` or `uncertain`. NULL while it is under way, and for ever
    -- if the server stopped in the middle.
    outcome TEXT,
    -- What the other side said, or why it failed, in English.
    answer TEXT,
    PRIMARY KEY (dispatch, number)
) STRICT, WITHOUT ROWID;
