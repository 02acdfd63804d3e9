-- What visitors said of answers, and the questions that nothing answered.
CREATE TABLE answer_marks (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    passage_id TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX answer_marks_of_passage ON answer_marks (passage_id, at);
CREATE INDEX answer_marks_by_time ON answer_marks (at, id);
