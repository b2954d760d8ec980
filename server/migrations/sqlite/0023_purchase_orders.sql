-- Amounts that are added are whole numbers of their currency's minor units: 12.34 USD is 1234. Both
-- engines add such numbers exactly. Purchase orders and line facts no longer go with their order's
-- row: purchase orders are written once, and later tables refer to them.

-- Currencies whose minor unit is not a hundredth, as ISO 4217 has them.
CREATE TABLE minor_unit (
    currency TEXT NOT NULL PRIMARY KEY,
    digits INTEGER NOT NULL
) STRICT;

INSERT INTO minor_unit (currency, digits) VALUES
    ('BIF', 0), ('CLP', 0), ('DJF', 0), ('GNF', 0), ('ISK', 0), ('JPY', 0), ('KMF', 0),
    ('KRW', 0), ('PYG', 0), ('RWF', 0), ('UGX', 0), ('UYI', 0), ('VND', 0), ('VUV', 0),
    ('XAF', 0), ('XOF', 0), ('XPF', 0),
    ('BHD', 3), ('IQD', 3), ('JOD', 3), ('KWD', 3), ('LYD', 3), ('OMR', 3), ('TND', 3),
    ('CLF', 4), ('UYW', 4);

-- Every decimal that was stored, with its digits before and after the point. An amount that is not
-- a whole number of minor units, or that 64 bits do not hold, was never accepted from a tablet: it
-- ends the migration, and the database stays as it was.
CREATE TABLE amount_in_minor_units (
    currency TEXT NOT NULL,
    decimal TEXT NOT NULL,
    minor_units INTEGER NOT NULL,
    -- The digits of the number, and those that the currency does not have.
    digits TEXT NOT NULL,
    beyond TEXT NOT NULL,
    PRIMARY KEY (currency, decimal),
    CONSTRAINT amount_is_whole_minor_units CHECK (rtrim(beyond, '0') = ''),
    CONSTRAINT amount_fits_64_bits CHECK (
        decimal GLOB '[0-9]*'
        AND CAST(minor_units AS TEXT) = coalesce(nullif(ltrim(digits, '0'), ''), '0')
    )
) STRICT, WITHOUT ROWID;

INSERT INTO amount_in_minor_units (currency, decimal, minor_units, digits, beyond)
WITH
stored (currency, decimal) AS (
    SELECT currency, amount FROM order_line_fact UNION SELECT currency, total FROM purchase_order
),
parted (currency, decimal, whole, fraction, digits) AS (
    SELECT stored.currency, decimal,
        substr(decimal, 1, instr(decimal || '.', '.') - 1),
        substr(decimal, instr(decimal || '.', '.') + 1),
        coalesce(minor_unit.digits, 2)
    FROM stored LEFT JOIN minor_unit ON minor_unit.currency = stored.currency
),
joined (currency, decimal, digits, beyond) AS (
    SELECT currency, decimal, whole || substr(fraction || '0000', 1, digits),
        substr(fraction, digits + 1)
    FROM parted
)
SELECT currency, decimal, CAST(digits AS INTEGER), digits, beyond FROM joined;

CREATE TABLE order_line_fact_new (
    document TEXT NOT NULL REFERENCES order_head (document),
    line TEXT NOT NULL,
    supplier TEXT NOT NULL,
    contract TEXT NOT NULL,
    contract_version INTEGER NOT NULL,
    contract_line TEXT NOT NULL,
    item TEXT NOT NULL,
    -- In the contract's orderable unit. Quantities and prices are canonical decimals, which the
    -- database never adds.
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    base_quantity TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- In minor units of the currency, at most 9·10^11: ten million of them fit 64 bits. Rows from
    -- before that bound may hold more.
    amount INTEGER NOT NULL CHECK (amount >= 0),
    delivery_date TEXT NOT NULL,
    PRIMARY KEY (document, line)
) STRICT, WITHOUT ROWID;

INSERT INTO order_line_fact_new (document, line, supplier, contract, contract_version,
    contract_line, item, quantity, unit, unit_price, base_quantity, currency, amount,
    delivery_date)
SELECT document, line, supplier, contract, contract_version, contract_line, item, quantity, unit,
    unit_price, base_quantity, fact.currency, minor_units, delivery_date
FROM order_line_fact fact
JOIN amount_in_minor_units known ON known.currency = fact.currency AND known.decimal = fact.amount;

DROP TABLE order_line_fact;
ALTER TABLE order_line_fact_new RENAME TO order_line_fact;

CREATE INDEX order_line_fact_item ON order_line_fact (item);

CREATE TABLE purchase_order_new (
    number TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL REFERENCES order_head (document),
    supplier TEXT NOT NULL,
    supplier_name TEXT NOT NULL,
    delivery_date TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- In minor units of the currency: the sum of its lines' amounts.
    total INTEGER NOT NULL CHECK (total >= 0)
) STRICT;

INSERT INTO purchase_order_new (number, document, supplier, supplier_name, delivery_date,
    currency, total)
SELECT number, document, supplier, supplier_name, delivery_date, cut.currency, minor_units
FROM purchase_order cut
JOIN amount_in_minor_units known ON known.currency = cut.currency AND known.decimal = cut.total
ORDER BY cut.rowid;

DROP TABLE purchase_order;
ALTER TABLE purchase_order_new RENAME TO purchase_order;

DROP TABLE amount_in_minor_units;
DROP TABLE minor_unit;

-- A sum over orders reads nothing but this index.
CREATE INDEX purchase_order_document ON purchase_order (document, currency, total);
CREATE INDEX purchase_order_supplier ON purchase_order (supplier, document);

CREATE TRIGGER purchase_order_is_kept BEFORE DELETE ON purchase_order
BEGIN SELECT raise(ABORT, 'a purchase order is never deleted'); END;
