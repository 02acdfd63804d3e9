-- Which letters changed since the search index was told of them, and the index that is being filled beside it.
CREATE TABLE search_marks (
    letter_id TEXT PRIMARY KEY, token INTEGER NOT NULL, at INTEGER NOT NULL, sealed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX search_marks_by_age ON search_marks (at);
CREATE INDEX search_marks_sealed ON search_marks (at) WHERE sealed = 1;

CREATE TABLE search_builds (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);
