-- What processes share beside records (core/cluster.py): who does a schedule and when it is due, who was heard of last,
-- and what was settled once for good.
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, free_at INTEGER NOT NULL);
CREATE TABLE sightings (id TEXT PRIMARY KEY, at INTEGER NOT NULL);
CREATE INDEX sightings_by_time ON sightings (at);
CREATE TABLE firsts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
