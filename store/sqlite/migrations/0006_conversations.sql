-- Conversations, what was said in them, and who takes them.
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    visitor_key TEXT NOT NULL, citizen_id TEXT, stage TEXT NOT NULL, office_id TEXT, staff_id TEXT,
    last_at INTEGER NOT NULL, promised_by INTEGER
);
CREATE INDEX conversations_of_visitor ON conversations (visitor_key, last_at);
CREATE INDEX conversations_of_citizen ON conversations (citizen_id, last_at) WHERE citizen_id IS NOT NULL;
CREATE INDEX conversations_open ON conversations (stage, last_at, id);

CREATE TABLE messages (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, UNIQUE (conversation_id, seq)
);

CREATE TABLE presences (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, on_duty INTEGER NOT NULL);
