-- Files that other rows refer to, by the SHA-256 hash of their bytes (64 hex digits).
CREATE TABLE blob (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    length BIGINT NOT NULL CHECK (length > 0),
    created_at BIGINT NOT NULL
);

-- Uploads that have not ended.
CREATE TABLE blob_upload (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    begun_at BIGINT NOT NULL
);

-- The bytes of a file in parts, so that nobody needs a whole file in memory. `owner` is the hash of
-- the file, or the upload while it has not ended.
CREATE TABLE blob_part (
    owner TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (owner, number)
);
