-- What an authority takes off its lists is offered no more, and stays for what was recorded under it.
ALTER TABLE purposes ADD COLUMN retired {int} NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
ALTER TABLE bases ADD COLUMN retired {int} NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
ALTER TABLE grounds ADD COLUMN retired {int} NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
