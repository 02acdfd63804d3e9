-- Where citizens say that they live, and official mail (mailbox/official).
ALTER TABLE accounts ADD COLUMN district TEXT;
ALTER TABLE accounts ADD COLUMN street TEXT;
CREATE INDEX accounts_of_district ON accounts (district, id) WHERE district IS NOT NULL;
CREATE INDEX accounts_of_street ON accounts (street, district, id) WHERE street IS NOT NULL;

CREATE TABLE official_notices (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    office_id TEXT NOT NULL, state TEXT NOT NULL, written_at INTEGER NOT NULL
);
CREATE INDEX official_notices_of_office ON official_notices (office_id, written_at, id);
CREATE INDEX official_notices_by_time ON official_notices (written_at, id);
CREATE TABLE official_lists (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE official_runs (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);
