-- Commitments: what each site was given of hard maximums ("caps"), and what accepted orders came to. Amounts are canonical
-- decimals in the commitment's unit or the contract's currency. `line` is the contract line that has the commitment; the empty
-- text is the contract's header.

-- How much a cap is over all sites, as last published.
CREATE TABLE cap (
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    -- The JSON of the core's `Measure`.
    measure TEXT NOT NULL CHECK (json_valid(measure)),
    PRIMARY KEY (contract, line)
) STRICT, WITHOUT ROWID;

-- The ledger. The grants of a cap never come to more than the cap, and no site uses more than its grant.
CREATE TABLE allotment (
    site TEXT NOT NULL,
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    granted TEXT NOT NULL,
    -- By accepted orders.
    used TEXT NOT NULL,
    PRIMARY KEY (site, contract, line),
    FOREIGN KEY (contract, line) REFERENCES cap (contract, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX allotment_cap ON allotment (contract, line);

-- What procurement set for a site, in place of an even part.
CREATE TABLE allotment_plan (
    site TEXT NOT NULL,
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (site, contract, line)
) STRICT, WITHOUT ROWID;

-- What tablets asked for on top, and got: asked again, a request is answered alike.
CREATE TABLE top_up (
    -- UUIDv7, minted on the tablet.
    id TEXT NOT NULL PRIMARY KEY,
    site TEXT NOT NULL,
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    device TEXT NOT NULL,
    asked TEXT NOT NULL,
    given TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- What accepted orders of all sites came to, for each commitment that counts them.
CREATE TABLE commitment_total (
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('minimum', 'maximum')),
    ordered TEXT NOT NULL,
    PRIMARY KEY (contract, line, side)
) STRICT, WITHOUT ROWID;

-- How much of an accepted order line lies beyond a soft maximum.
CREATE TABLE commitment_excess (
    document TEXT NOT NULL,
    order_line TEXT NOT NULL,
    contract TEXT NOT NULL,
    line TEXT NOT NULL,
    -- The JSON of the core's `Measure`.
    beyond TEXT NOT NULL CHECK (json_valid(beyond)),
    PRIMARY KEY (document, order_line)
) STRICT, WITHOUT ROWID;
