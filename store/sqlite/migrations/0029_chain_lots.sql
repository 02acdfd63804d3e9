-- Chains in lots (lots.py, chains.py): one row holds many entries that follow each other. `before` is the hash before the
-- first of them, NULL at a chain's beginning; `checks` has four bytes of the hash of each; `body` is their fields, packed.
-- What is there is written into lots by into_lots.py, which then drops the tables of single entries.
-- An event lot's id is its stream's number and, in the lower 24 bits, its first entry's.
CREATE TABLE event_lots (id INTEGER PRIMARY KEY, before BLOB, checks BLOB NOT NULL, body BLOB NOT NULL);

-- The id of a lot of the audit log is the number of its first entry.
CREATE TABLE audit_lots (id INTEGER PRIMARY KEY, before BLOB, checks BLOB NOT NULL, body BLOB NOT NULL);

-- In which spans of 2,048 entries of the audit log an actor is found.
CREATE TABLE audit_actors (actor INTEGER NOT NULL, span INTEGER NOT NULL, PRIMARY KEY (actor, span)) WITHOUT ROWID;
