-- A recalled part of an allotment stays with its site until no tablet of the site can order it any more.

-- The amount that the site is to have. It is less than `granted` while a part of `granted` is recalled, and more while other
-- sites have not returned enough yet. Tablets know the smaller one of the two.
ALTER TABLE allotment ADD COLUMN due TEXT NOT NULL DEFAULT '0';
-- While a part of `granted` is recalled: a number of the site's feed. A tablet whose cursor has this number or a higher one
-- knows the smaller allotment.
ALTER TABLE allotment ADD COLUMN recall INTEGER;

UPDATE allotment SET due = granted;

CREATE INDEX allotment_recalled ON allotment (contract, line) WHERE recall IS NOT NULL;

-- The number of its site's feed up to which the tablet has all answers. It is written only when it confirms a recall.
ALTER TABLE device ADD COLUMN known_to INTEGER NOT NULL DEFAULT 0;
