-- What the server knows of an order when it arrives. An order is listed by the day at its site.

-- The site's IANA time zone then; NULL for orders from before this column.
ALTER TABLE order_head ADD COLUMN time_zone TEXT;
-- The names on the order that were nobody's who might order at the site: a JSON array.
ALTER TABLE order_head ADD COLUMN unknown_names TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(unknown_names));
-- The intent that submitted it: no two orders have one, which is looked up before an order is stored. NULL for orders from before this column.
ALTER TABLE order_head ADD COLUMN submission TEXT;

CREATE INDEX order_head_submission ON order_head (submission) WHERE submission IS NOT NULL;
DROP INDEX order_head_received;
CREATE INDEX order_head_received ON order_head (received_on DESC, received_at DESC, document);

-- Who might order at a node until a time: a tablet that was offline still shows their names. Times are milliseconds since the
-- Unix epoch.
CREATE TABLE former_name (
    location TEXT NOT NULL,
    name TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (location, name)
) STRICT, WITHOUT ROWID;
