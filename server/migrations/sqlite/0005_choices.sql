-- Choices are written like every other word of a body: draft, order_date, preferred.

CREATE TABLE contract_version_new (
    contract TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    status TEXT GENERATED ALWAYS AS (body ->> '$.status') STORED
        CHECK (status IN ('draft', 'published', 'suspended', 'ended')),
    supplier TEXT GENERATED ALWAYS AS (body ->> '$.supplier') STORED REFERENCES supplier (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (contract, version)
) STRICT;

INSERT INTO contract_version_new (contract, version, body)
SELECT contract, version, json_set(
    body,
    '$.status', lower(body ->> '$.status'),
    '$.price_date_basis', CASE body ->> '$.price_date_basis'
        WHEN 'RequestedDeliveryDate' THEN 'requested_delivery_date' ELSE 'order_date' END
) FROM contract_version;

DROP TABLE contract_version;
ALTER TABLE contract_version_new RENAME TO contract_version;

-- At most one version of a contract is being written.
CREATE UNIQUE INDEX contract_one_draft ON contract_version (contract) WHERE status = 'draft';

UPDATE sourcing_rule SET body = json_set(body, '$.preference', lower(body ->> '$.preference'));
