-- Counters: the last number of each sequence, and what is used under each key (core.changes.Sequenced, Usage).
CREATE TABLE sequences (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE usages (key TEXT PRIMARY KEY, used INTEGER NOT NULL) WITHOUT ROWID;

-- Boxes. `owner_id` of an open box is unique: nobody has two.
CREATE TABLE boxes (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    kind TEXT NOT NULL, owner_id TEXT NOT NULL, heir_id TEXT, state TEXT NOT NULL, address TEXT NOT NULL,
    created_at INTEGER NOT NULL, mail_quota INTEGER, warned INTEGER NOT NULL
);
CREATE UNIQUE INDEX boxes_of_owner ON boxes (owner_id) WHERE state = 'open';
CREATE INDEX boxes_by_owner ON boxes (owner_id, created_at);
CREATE INDEX boxes_of_heir ON boxes (heir_id, created_at) WHERE heir_id IS NOT NULL;
CREATE INDEX boxes_by_address ON boxes (address);
CREATE INDEX boxes_of_kind ON boxes (kind, address);
CREATE TABLE box_addresses (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, box_id TEXT NOT NULL
);

CREATE TABLE folders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, box_id TEXT NOT NULL, name TEXT NOT NULL
);
CREATE UNIQUE INDEX folders_by_name ON folders (name, box_id);
CREATE INDEX folders_of_box ON folders (box_id, name);

-- Mail. `message_key` is a number made of box and Message-ID (mailbox/mail/keys.py). The index by stamp also has the
-- size, so that a recount reads no item, and the index of a list whether an item was opened, so that a count reads none.
CREATE TABLE mail_items (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    box_id TEXT NOT NULL, folder_id TEXT NOT NULL, seq INTEGER NOT NULL, stamp INTEGER NOT NULL,
    received_at INTEGER NOT NULL, size_bytes INTEGER NOT NULL, unseen INTEGER NOT NULL, content_id TEXT NOT NULL,
    thread_id TEXT NOT NULL, message_key INTEGER, trashed_at INTEGER
);
CREATE UNIQUE INDEX mail_items_by_uid ON mail_items (folder_id, seq);
CREATE INDEX mail_items_listed ON mail_items (folder_id, received_at, id, unseen);
CREATE INDEX mail_items_stamped ON mail_items (box_id, stamp, size_bytes);
CREATE INDEX mail_items_of_thread ON mail_items (thread_id);
CREATE INDEX mail_items_by_message ON mail_items (message_key) WHERE message_key IS NOT NULL;
CREATE INDEX mail_items_of_content ON mail_items (content_id, id);
CREATE INDEX mail_items_trashed ON mail_items (trashed_at, id) WHERE trashed_at IS NOT NULL;

CREATE TABLE expunged_mail (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    box_id TEXT NOT NULL, stamp INTEGER NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX expunged_mail_stamped ON expunged_mail (box_id, stamp);
CREATE INDEX expunged_mail_by_time ON expunged_mail (at, id);

-- What the items' contents are made of, and what they say. `words` is what a search looks into.
CREATE TABLE mail_contents (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE mail_texts (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, words TEXT NOT NULL);
-- Contents that lost an item, until a sweep looked at them; `since` is when it first saw them.
CREATE TABLE loose_contents (content_id TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID;
CREATE INDEX loose_contents_by_time ON loose_contents (since);
CREATE TRIGGER mail_item_gone AFTER DELETE ON mail_items BEGIN
    INSERT INTO loose_contents (content_id) VALUES (OLD.content_id) ON CONFLICT (content_id) DO UPDATE SET since = NULL;
END;
