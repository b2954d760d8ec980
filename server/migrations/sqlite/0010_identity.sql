-- Who may come in, continued: PINs, accounts at a sign-in provider, rotating credentials, and the log of privileged acts.

-- Argon2id in the PHC string format; tablets of the person's sites are given it.
ALTER TABLE person ADD COLUMN pin_verifier TEXT;
ALTER TABLE person ADD COLUMN pin_set_at INTEGER;
-- By which a sign-in provider's account is tied to the person, in lower case.
ALTER TABLE person ADD COLUMN email TEXT;

CREATE UNIQUE INDEX person_email ON person (email);

-- An account at a sign-in provider, for good: who gets its e-mail address later is somebody else.
CREATE TABLE provider_account (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, person)
) STRICT, WITHOUT ROWID;

-- Sign-ins that are under way at the provider. Used once.
CREATE TABLE provider_sign_in (
    -- SHA-256 of the `state`.
    state_hash BLOB NOT NULL PRIMARY KEY CHECK (length(state_hash) = 32),
    -- SHA-256 of the cookie of the browser that began it.
    browser_hash BLOB NOT NULL CHECK (length(browser_hash) = 32),
    nonce TEXT NOT NULL,
    -- The PKCE code verifier.
    verifier TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A credential is traded for the next one now and then; the next one's first use ends it.
ALTER TABLE device ADD COLUMN credential_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN next_credential_hash BLOB;
-- The one before, good a moment longer for requests that are under way.
ALTER TABLE device ADD COLUMN previous_credential_hash BLOB;
ALTER TABLE device ADD COLUMN previous_until INTEGER;

UPDATE device SET credential_since = enrolled_at;

CREATE UNIQUE INDEX device_next_credential ON device (next_credential_hash);
CREATE INDEX device_previous_credential ON device (previous_credential_hash);

-- What is counted against guessing changes with the code; the rows live a quarter of an hour.
DROP TABLE failed_attempt;

CREATE TABLE failed_attempt (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- The sign-in name that was tried, or the address that tried.
    subject TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX failed_attempt_subject ON failed_attempt (kind, subject, at);
CREATE INDEX failed_attempt_at ON failed_attempt (at);

-- Privileged acts, in their order. Rows are only ever added; each one's hash covers the hash before it.
CREATE TABLE audit_entry (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (json_valid(actor)),
    act TEXT NOT NULL,
    target TEXT NOT NULL,
    -- NULL concerns the organisation.
    location TEXT,
    origin TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;

CREATE TRIGGER audit_entry_is_kept BEFORE DELETE ON audit_entry
BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
