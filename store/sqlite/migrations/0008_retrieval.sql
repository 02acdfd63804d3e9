-- The words that people use for what offices call otherwise.
CREATE TABLE synonyms (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    said TEXT NOT NULL, removed INTEGER NOT NULL
);
CREATE INDEX synonyms_in_order ON synonyms (said, id) WHERE removed = 0;

-- What can be found is told what was published since it looked last.
ALTER TABLE public_copies ADD COLUMN decided_at INTEGER;
UPDATE public_copies
SET decided_at = 1000000 * CAST(strftime('%s', json_extract(CAST(body AS TEXT), '$.decided_at')) AS INTEGER);
CREATE INDEX public_copies_by_decision ON public_copies (decided_at) WHERE state = 'published';
