-- Whether an order is so old that tablets need not keep it. Any change of the order takes this
-- back.
ALTER TABLE document ADD COLUMN is_old BOOLEAN NOT NULL DEFAULT false;

CREATE INDEX document_not_old ON document (changed_at) WHERE kind = 'order' AND NOT is_old;
