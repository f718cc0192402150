-- What must be told, written with what happened. The worker fans an event out into deliveries.

CREATE TABLE outbox (
    id {text} PRIMARY KEY,
    kind {text} NOT NULL CHECK (kind IN ('note', 'reply', 'noticed too', 'acted on', 'wrong person',
        'directory look', 'taken on', 'asked to join', 'identity linked', 'joined',
        'device', 'left')),
    actor_id {text},
    note_id {text} REFERENCES notes (id),
    person_id {text} REFERENCES people (id),
    made_at {text} NOT NULL,
    due_at {text} NOT NULL,
    fanned_at {text},
    cancelled_at {text}
) {strict};

CREATE INDEX outbox_due ON outbox (due_at) WHERE fanned_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX outbox_by_note ON outbox (note_id);

CREATE TABLE deliveries (
    id {text} PRIMARY KEY,
    event_id {text} NOT NULL REFERENCES outbox (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    channel {text} NOT NULL CHECK (channel IN ('inbox', 'push')),
    state {text} NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed')),
    why {text},
    attempts {int} NOT NULL,
    next_at {text} NOT NULL,
    claimed_at {text},
    done_at {text},
    read_at {text},
    made_at {text} NOT NULL,
    UNIQUE (event_id, practitioner_id, channel)
) {strict};

CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_inbox ON deliveries (practitioner_id, channel, made_at);

-- Which of a practitioner's subscriptions already took a delivery: a retry leaves those alone.
CREATE TABLE push_receipts (
    delivery_id {text} NOT NULL REFERENCES deliveries (id),
    subscription_id {text} NOT NULL REFERENCES push_subscriptions (id),
    sent_at {text} NOT NULL,
    PRIMARY KEY (delivery_id, subscription_id)
) {strict};
