-- A browser that has an enrolment's cookie and not its delivery key is taken for a new one. Whoever
-- approves it reads why it asks.

ALTER TABLE enrolments ADD COLUMN lost_key {int} NOT NULL DEFAULT 0 CHECK (lost_key IN (0, 1));
