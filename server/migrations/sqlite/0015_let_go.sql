-- Orders that nobody wants any more: discarded, or drafts from which every line was removed.
ALTER TABLE document ADD COLUMN is_let_go INTEGER NOT NULL DEFAULT 0;
