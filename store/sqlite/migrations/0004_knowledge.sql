-- The knowledge base. `valid_until` is that of the version that is shown, NULL where it has none.
CREATE TABLE knowledge_entries (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    office_id TEXT NOT NULL, state TEXT NOT NULL, changed_at INTEGER NOT NULL
);
CREATE INDEX knowledge_entries_of_office ON knowledge_entries (office_id, changed_at, id);
CREATE INDEX knowledge_entries_by_change ON knowledge_entries (changed_at, id);
