-- An exemption that an authority takes off its list is offered no more, and stays for what was held back by it.
ALTER TABLE exemptions ADD COLUMN retired {int} NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
