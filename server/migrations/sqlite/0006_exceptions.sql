-- Orders that wait for procurement, and those whose pins were honoured afterwards; derived from the document like the rest of
-- the row. An order that waits keeps `stage = 'submitted'`.

ALTER TABLE order_head ADD COLUMN is_waiting INTEGER NOT NULL DEFAULT 0 CHECK (is_waiting IN (0, 1));
ALTER TABLE order_head ADD COLUMN is_honoured INTEGER NOT NULL DEFAULT 0 CHECK (is_honoured IN (0, 1));

CREATE INDEX order_head_waiting ON order_head (received_at) WHERE is_waiting;
