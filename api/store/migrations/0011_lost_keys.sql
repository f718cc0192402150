-- A browser that has an enrolment's cookie and not its delivery key is taken for a new one. Whoever
-- approves it reads why it asks.

ALTER TABLE enrolments ADD COLUMN lost_key {int} NOT NULL DEFAULT 0 CHECK (lost_key IN (0, 1));

-- A key is one enrolment's for ever: whose it is is asked whenever one is to be bound.
CREATE INDEX enrolments_by_delivery_key ON enrolments (delivery_key) WHERE delivery_key IS NOT NULL;
