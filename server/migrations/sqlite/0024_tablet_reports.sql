-- What a tablet says about itself at each pull, for the list of tablets at the desk. NULL until a
-- tablet says it for the first time.
ALTER TABLE device ADD COLUMN app_version TEXT;
-- The number of the catalogue release that the tablet uses.
ALTER TABLE device ADD COLUMN release INTEGER;
-- How many intents the tablet has that the server has not acknowledged.
ALTER TABLE device ADD COLUMN unsent INTEGER;

-- The tablet that is revoked when somebody uses the code.
ALTER TABLE enrolment_code ADD COLUMN replaces TEXT REFERENCES device (id);
