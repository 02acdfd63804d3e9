-- The gap list says which entries are being written for its gaps. `for_gap` is 1 while a draft names marks.
ALTER TABLE knowledge_entries ADD COLUMN for_gap INTEGER NOT NULL DEFAULT 0;
CREATE INDEX knowledge_entries_for_gaps ON knowledge_entries (id) WHERE for_gap = 1;
