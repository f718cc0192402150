-- Some news is about a practitioner and no child: who left.
ALTER TABLE outbox ADD COLUMN practitioner_id {text} REFERENCES practitioners (id);
