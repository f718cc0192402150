-- Notes that were sealed on a device without signal, the keys they are sealed to, and the keys that
-- their devices sign with. A delivery key belongs to one practitioner in one browser.

ALTER TABLE devices DROP COLUMN delivery_key;
ALTER TABLE enrolments ADD COLUMN delivery_key {blob};
-- the highest number that this key signed: one that was used is refused
ALTER TABLE enrolments ADD COLUMN signed {int} NOT NULL DEFAULT 0;
-- the sealing key that this browser was last given: it is kept as long as a browser may hold it
ALTER TABLE enrolments ADD COLUMN sealing_key_id {text};

-- The private half is derived from the secret in `keys` of kind 'system' and owner 'sealing <id>'.
CREATE TABLE sealing_keys (
    id {text} PRIMARY KEY,
    public {blob} NOT NULL,
    made_at {text} NOT NULL,
    retired_at {text},
    destroyed_at {text}
) {strict};

-- Of all sealing keys one is new: the one that browsers are given.
CREATE UNIQUE INDEX sealing_keys_current ON sealing_keys ((1)) WHERE retired_at IS NULL;

-- What arrived sealed. Author and id stay when all else is gone, so that nothing arrives twice.
CREATE TABLE envelopes (
    author_id {text} NOT NULL REFERENCES practitioners (id),
    -- the id of the note that it is, or may become
    id {text} NOT NULL,
    enrolment_id {text} NOT NULL REFERENCES enrolments (id),
    kind {text} NOT NULL CHECK (kind IN ('note', 'draft')),
    -- its place in the order in which the device sealed
    number {int} NOT NULL,
    digest {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('waiting', 'sent', 'discarded')),
    -- why it waits; NULL where it never had to
    reason {text} CHECK (reason IN ('draft', 'to match', 'not confirmed', 'revoked device', 'not taken')),
    -- what the author must mend, where it was not taken
    sentence {text},
    sealing_key_id {text} NOT NULL REFERENCES sealing_keys (id),
    -- as it came; opened for whoever may read it, destroyed as soon as it is settled
    sealed {blob},
    -- when it was sealed, by the device's clock set right by what that was off by at delivery
    captured_at {text} NOT NULL,
    -- seconds that the device's clock was ahead
    clock_off {int} NOT NULL,
    arrived_at {text} NOT NULL,
    settled_at {text},
    settled_by {text},
    PRIMARY KEY (author_id, id)
) {strict};

CREATE INDEX envelopes_waiting ON envelopes (author_id) WHERE state = 'waiting';
CREATE INDEX envelopes_held ON envelopes (enrolment_id) WHERE state = 'waiting';

-- For notes that were written without signal: when, and by how much the clock was ahead.
ALTER TABLE notes ADD COLUMN captured_at {text};
ALTER TABLE notes ADD COLUMN clock_off {int};
