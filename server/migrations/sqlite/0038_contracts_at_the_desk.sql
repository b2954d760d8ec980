-- What lists of contracts show without reading the lines.

-- The number of lines.
ALTER TABLE contract_version ADD COLUMN line_count INTEGER NOT NULL DEFAULT 0 CHECK (line_count >= 0);
UPDATE contract_version SET line_count = json_array_length(lines);

-- The number of the first release that has the version. NULL for a draft, and if nobody knows. Of
-- the versions from before this column, it is known where only one release has their first day.
ALTER TABLE contract_version ADD COLUMN released_in INTEGER;
UPDATE contract_version SET released_in = (
    SELECT max(number) FROM release WHERE effective_from = contract_version.released_from
) WHERE (
    SELECT count(*) FROM release WHERE effective_from = contract_version.released_from
) = 1;

-- What was ordered under a contract is added up from the index alone.
CREATE INDEX order_line_fact_contract ON order_line_fact (contract, currency, amount);
