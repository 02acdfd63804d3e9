-- The knowledge base. `ends_on` is the day (YYYY-MM-DD) after which the version that is shown is not shown any more, NULL
-- where there is none; `warned` says whether the office was told of that day; `words` holds what can be searched for.
CREATE TABLE knowledge_entries (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    office_id TEXT NOT NULL, state TEXT NOT NULL, changed_at INTEGER NOT NULL,
    shown INTEGER NOT NULL, ends_on TEXT, warned INTEGER NOT NULL, letter_id TEXT, words TEXT NOT NULL
);
CREATE INDEX knowledge_entries_of_office ON knowledge_entries (office_id, changed_at, id);
CREATE INDEX knowledge_entries_by_change ON knowledge_entries (changed_at, id);
CREATE INDEX knowledge_entries_to_warn_of ON knowledge_entries (ends_on, id) WHERE warned = 0;
CREATE INDEX knowledge_entries_of_letter ON knowledge_entries (letter_id) WHERE letter_id IS NOT NULL;
