-- How much memory a document takes, by which pushes are let in: run-length encoded or deflated, few bytes may stand for many.
-- Of documents from before it is their bytes that count.
ALTER TABLE document ADD COLUMN memory INTEGER NOT NULL DEFAULT 0;
