-- Links by which people set their own password, once. A person has at most one.
CREATE TABLE invitation (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    -- SHA-256 of the link's token.
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
