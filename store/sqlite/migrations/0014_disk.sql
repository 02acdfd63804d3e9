-- Network disks: who has one, what lies on it, uploads under way, shares.
CREATE TABLE disks (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);

CREATE TABLE disk_items (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    owner_id TEXT NOT NULL, folder_id TEXT NOT NULL, living_name TEXT, binned_at INTEGER,
    held_bytes INTEGER NOT NULL
);
-- What lies in a folder is read with the whole disk; of two names that are the same one is refused.
CREATE UNIQUE INDEX disk_items_by_name ON disk_items (owner_id, folder_id, living_name);
CREATE INDEX disk_items_in_bin ON disk_items (binned_at) WHERE binned_at IS NOT NULL;

CREATE TABLE disk_uploads (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    owner_id TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL
);
CREATE INDEX disk_uploads_of_owner ON disk_uploads (owner_id, created_at);
CREATE INDEX disk_uploads_by_end ON disk_uploads (expires_at);

CREATE TABLE disk_shares (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    owner_id TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX disk_shares_of_owner ON disk_shares (owner_id, created_at);
