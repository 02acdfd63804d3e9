-- Values that processes share until their end (core/cluster.py): locks of the network disk, whom the greylist knows.
CREATE TABLE kept (key TEXT PRIMARY KEY, value BLOB NOT NULL, token INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX kept_by_end ON kept (until);
