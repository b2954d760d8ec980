-- With what a tablet's secrets are made of what it sends itself: a request that comes twice is answered alike, and nobody else
-- can make the answer. A tablet chooses the `attempt` as it enrols; SHA-256 of it is kept.
ALTER TABLE enrolment_code ADD COLUMN attempt_hash BLOB;
ALTER TABLE enrolment_code ADD COLUMN salt BLOB;
ALTER TABLE device ADD COLUMN next_credential_salt BLOB;

-- Which database this is: random, and another one after a restore. Cursors carry it, sealed with the secret.
CREATE TABLE incarnation (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    secret BLOB NOT NULL CHECK (length(secret) = 32),
    -- Releases are numbered after this: what was published since a copy was made, and tablets have, is not published again.
    releases_after INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO incarnation (only, id, secret) VALUES (1, lower(hex(randomblob(8))), randomblob(32));

-- Purchase orders are numbered within a block, which is part of the number: PO-000001, after a restore PO-7G2KQM-000001.
ALTER TABLE purchase_order_number ADD COLUMN block TEXT NOT NULL DEFAULT '';

-- Failures to come in are counted before another is written down.
CREATE INDEX audit_entry_failures ON audit_entry (number) WHERE act IN ('sign_in_failed', 'enrolment_failed');

-- What tablets offer after a restore is kept until somebody takes it up, beside what was refused.
ALTER TABLE quarantine ADD COLUMN is_offer INTEGER NOT NULL DEFAULT 0 CHECK (is_offer IN (0, 1));
