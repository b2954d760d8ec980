-- Whether a document is an order that was never submitted and that somebody still wants. Each push
-- of a new order counts these of its site, so they have an index of their own.
ALTER TABLE document ADD COLUMN is_draft INTEGER NOT NULL DEFAULT 0;

UPDATE document SET is_draft = 1
WHERE kind = 'order' AND NOT is_let_go
  AND NOT EXISTS (SELECT 1 FROM order_head WHERE order_head.document = document.id);

CREATE INDEX document_draft ON document (site) WHERE is_draft;
