-- The trail proves itself: after its commit each row gets a place in one chain of hashes, and the
-- chain's end is signed. api/trust/sealer.py says what is hashed; nothing in here is readable words.

-- What was committed and has no place yet. A trigger keeps it, so that no way of writing a row forgets
-- it, and no row is missed that committed late.
CREATE TABLE audit_unsealed (
    event_id {text} PRIMARY KEY
) {strict_by_key};

{queued audit_events audit_unsealed};
INSERT INTO audit_unsealed (event_id) SELECT id FROM audit_events;

-- No foreign key: PostgreSQL would write to every row of the trail again, to lock it.
CREATE TABLE audit_chain (
    number {int} PRIMARY KEY,
    event_id {text} NOT NULL UNIQUE,
    -- the hash of the place before; of the first one, what stands for the authority's UUID
    previous {blob} NOT NULL,
    -- of the row of audit_events; NULL where that was gone before it had a place
    event_digest {blob},
    -- how many people it showed, and who
    people {int} NOT NULL,
    people_digest {blob} NOT NULL,
    -- of the ciphertext of its details, where it has any
    details_digest {blob},
    hash {blob} NOT NULL
) {strict};

{append_only audit_chain};

-- The chain's end after each sealing, signed.
CREATE TABLE audit_heads (
    number {int} PRIMARY KEY,
    -- the number of the head before; 0 for the first
    previous {int} NOT NULL,
    at {text} NOT NULL,
    hash {blob} NOT NULL,
    signature {blob} NOT NULL
) {strict};

{append_only audit_heads};
