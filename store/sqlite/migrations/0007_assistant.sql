-- What visitors said of answers, and the questions that nothing answered. `counts` is 0 for a mark taken back, `gap` 1
-- for one that still asks for an entry.
CREATE TABLE answer_marks (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    conversation_id TEXT NOT NULL, passage_id TEXT NOT NULL, mark TEXT NOT NULL, at INTEGER NOT NULL,
    counts INTEGER NOT NULL, gap INTEGER NOT NULL
);
CREATE INDEX answer_marks_of_conversation ON answer_marks (conversation_id, at);
CREATE INDEX answer_marks_of_passage ON answer_marks (passage_id, mark) WHERE counts = 1;
CREATE INDEX answer_marks_by_time ON answer_marks (at, mark, passage_id, conversation_id) WHERE counts = 1;
CREATE INDEX answer_marks_gaps ON answer_marks (at, id) WHERE gap = 1;
