-- The order in which the sessions of a person were opened, because several may begin within one
-- millisecond. Sessions from before have the number 0.
ALTER TABLE session ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
