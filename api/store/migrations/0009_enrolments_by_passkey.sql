-- One practitioner may hold two passkeys (a phone, a security key) and use both in one browser: each
-- pair of passkey and browser is approved by itself. A challenge is found by its own hash.

DROP INDEX enrolments_open;

CREATE UNIQUE INDEX enrolments_open ON enrolments (device_id, practitioner_id, credential_id)
    WHERE state IN ('pending', 'approved');
