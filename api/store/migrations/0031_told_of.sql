-- A text that was put in the place of others because somebody in them was forgotten says so.
ALTER TABLE note_revisions ADD COLUMN blacked_out {int} NOT NULL DEFAULT 0 CHECK (blacked_out IN (0, 1));
-- Since when it has been told that no governance lead handles a request, and nobody does.
ALTER TABLE requests ADD COLUMN unhandled_at {text};
