-- Smaller rows (packing.py, chain_entries.py). Bodies that are written from now on are packed, and say so by their first
-- byte; those that are there stay as they are until they are written again. `packed` is how many bytes a blob has that was
-- packed, 0 for one that lies there as it is.
ALTER TABLE blobs ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;

-- What the chains say again and again, each once: streams, kinds, actors, offices, origins. A number never changes its name.
CREATE TABLE names (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO names (name) SELECT stream FROM streams UNION SELECT stream FROM events UNION SELECT actor FROM audit;

-- Entries of the chains. Where `kind` (`action`) is NULL, `data` is the whole body as it was hashed; else the entry is in
-- columns, numbers of names. The hash of the entry before is not kept twice. `target` is text, or the number of the
-- stream that is called after it.
ALTER TABLE events RENAME TO old_events;
CREATE TABLE events (
    stream INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, kind INTEGER, at INTEGER, actor INTEGER,
    office INTEGER, data BLOB, PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
INSERT INTO events (stream, seq, hash, data)
    SELECT names.no, seq, unhexed(hash), body FROM old_events JOIN names ON names.name = old_events.stream
    ORDER BY names.no, seq;
DROP TABLE old_events;

ALTER TABLE streams RENAME TO old_streams;
CREATE TABLE streams (
    stream INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, sealed INTEGER NOT NULL DEFAULT 0
);
INSERT INTO streams SELECT names.no, seq, unhexed(hash), sealed FROM old_streams JOIN names ON names.name = stream;
DROP TABLE old_streams;
CREATE INDEX streams_grown ON streams (stream) WHERE seq > sealed;

ALTER TABLE audit RENAME TO old_audit;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, actor INTEGER NOT NULL, action INTEGER, at INTEGER, target,
    result INTEGER, office INTEGER, origin INTEGER, data BLOB
);
INSERT INTO audit (seq, hash, actor, data)
    SELECT seq, unhexed(hash), names.no, body FROM old_audit JOIN names ON names.name = old_audit.actor;
DROP TABLE old_audit;
CREATE INDEX audit_of_actor ON audit (actor, seq);
