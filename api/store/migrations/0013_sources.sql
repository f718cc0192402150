-- What a source covers and how much of it may be missing from one load to the next; loads that wait
-- for somebody's yes, what they would change and how far they are.

-- of a hundred, how many may be missing before a load waits
ALTER TABLE sources ADD COLUMN missing_share {int} NOT NULL DEFAULT 20;
-- whether it says who supports somebody: only then has it "no record" of anybody
ALTER TABLE sources ADD COLUMN involves {int} NOT NULL DEFAULT 0 CHECK (involves IN (0, 1));
UPDATE sources SET involves = 1 WHERE mapping LIKE '%[involvement]%';
-- whom it covers: where, from which birthday and until which, from which day and until which
ALTER TABLE sources ADD COLUMN area {text} NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN ages_from {int};
ALTER TABLE sources ADD COLUMN ages_to {int};
ALTER TABLE sources ADD COLUMN covers_from {text};
ALTER TABLE sources ADD COLUMN covers_to {text};

-- A load that is staged to the end and waits has `stopped_at`; it shows, or is given up, when
-- somebody says so. `alarm` is why it stopped, empty where it was only asked to wait.
ALTER TABLE loads ADD COLUMN stopped_at {text};
ALTER TABLE loads ADD COLUMN alarm {text} NOT NULL DEFAULT '';
ALTER TABLE loads ADD COLUMN new_people {int} NOT NULL DEFAULT 0;
ALTER TABLE loads ADD COLUMN new_facts {int} NOT NULL DEFAULT 0;
ALTER TABLE loads ADD COLUMN ended_facts {int} NOT NULL DEFAULT 0;
ALTER TABLE loads ADD COLUMN same_facts {int} NOT NULL DEFAULT 0;
ALTER TABLE loads ADD COLUMN missing_people {int} NOT NULL DEFAULT 0;
ALTER TABLE loads ADD COLUMN percent {int} NOT NULL DEFAULT 0;

-- What became of a row that waited.
ALTER TABLE waiting_rows ADD COLUMN outcome {text} CHECK (outcome IN ('released', 'set aside'));

-- Some news is about a source. What kinds of news there are is for the code to say: a list here
-- would have to be made anew with each of them.
ALTER TABLE outbox ADD COLUMN source_id {text} REFERENCES sources (id);
ALTER TABLE outbox RENAME COLUMN kind TO listed;
ALTER TABLE outbox ADD COLUMN kind {text} NOT NULL DEFAULT 'note';
UPDATE outbox SET kind = listed;
ALTER TABLE outbox DROP COLUMN listed;
