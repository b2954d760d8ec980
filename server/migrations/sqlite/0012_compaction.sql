-- Whether a settled order's document was saved once more, deflated. Whatever changes a document takes it back.
ALTER TABLE document ADD COLUMN is_compact INTEGER NOT NULL DEFAULT 0 CHECK (is_compact IN (0, 1));

-- What is still to be looked at; a settled order leaves it.
CREATE INDEX document_not_compact ON document (changed_at) WHERE NOT is_compact;
