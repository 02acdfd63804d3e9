-- The matters catalogue.
CREATE TABLE matters (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    office_id TEXT NOT NULL, changed_at INTEGER NOT NULL
);
CREATE INDEX matters_by_change ON matters (changed_at, id);
