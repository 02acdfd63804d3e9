-- Conversations, what was said in them, and who takes them.
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    visitor_key TEXT NOT NULL, citizen_id TEXT, stage TEXT NOT NULL, staff_id TEXT,
    last_at INTEGER NOT NULL, asked_at INTEGER
);
CREATE INDEX conversations_of_visitor ON conversations (visitor_key, last_at);
CREATE INDEX conversations_of_citizen ON conversations (citizen_id, last_at) WHERE citizen_id IS NOT NULL;
-- The queue and the lists read what is open, some hundred among all that ever were.
CREATE INDEX conversations_in_stage ON conversations (stage, asked_at, id);
-- What is old enough to be forgotten.
CREATE INDEX conversations_silent ON conversations (stage, last_at, id);
CREATE INDEX conversations_served ON conversations (staff_id) WHERE stage = 'served';
CREATE INDEX conversations_called ON conversations (asked_at, id) WHERE asked_at IS NOT NULL;

CREATE TABLE messages (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, UNIQUE (conversation_id, seq)
);

CREATE TABLE presences (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, on_duty INTEGER NOT NULL);
CREATE INDEX presences_on_duty ON presences (on_duty) WHERE on_duty = 1;
