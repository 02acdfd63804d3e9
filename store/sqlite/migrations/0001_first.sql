-- Records: `body` is the whole record as JSON; the other columns are computed from it for look-ups (tables.py).
-- Instants are microseconds since 1970 in UTC, flags 0 or 1.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    login TEXT NOT NULL, phone_index TEXT, id_index TEXT, address TEXT,
    state TEXT NOT NULL, citizen INTEGER NOT NULL, staff INTEGER NOT NULL, office_id TEXT, created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX accounts_by_login ON accounts (login);
CREATE UNIQUE INDEX accounts_by_phone ON accounts (phone_index) WHERE phone_index IS NOT NULL;
CREATE UNIQUE INDEX accounts_by_id_number ON accounts (id_index) WHERE id_index IS NOT NULL;
CREATE UNIQUE INDEX accounts_by_address ON accounts (address) WHERE address IS NOT NULL;
CREATE INDEX accounts_in_state ON accounts (state, created_at, id) WHERE citizen = 1;
CREATE INDEX accounts_of_staff ON accounts (login, office_id) WHERE staff = 1;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    account_id TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_of_account ON sessions (account_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    account_id TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX api_keys_of_account ON api_keys (account_id, created_at);

CREATE TABLE phone_codes (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX phone_codes_by_expiry ON phone_codes (expires_at);
CREATE TABLE throttles (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX throttles_by_expiry ON throttles (expires_at);
CREATE TABLE register_entries (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);

CREATE TABLE box_messages (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    account_id TEXT NOT NULL, at INTEGER NOT NULL, unread INTEGER NOT NULL
);
CREATE INDEX box_messages_of_account ON box_messages (account_id, at, id);
CREATE INDEX box_messages_unread ON box_messages (account_id) WHERE unread = 1;

CREATE TABLE held_mail (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    key TEXT NOT NULL, confirm_index TEXT, state TEXT NOT NULL, received_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX held_mail_by_key ON held_mail (key);
CREATE UNIQUE INDEX held_mail_by_confirmation ON held_mail (confirm_index) WHERE confirm_index IS NOT NULL;
CREATE INDEX held_mail_in_state ON held_mail (state, received_at, id);

CREATE TABLE offices (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);

CREATE TABLE letters (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    series TEXT NOT NULL, serial INTEGER NOT NULL, intake_key TEXT NOT NULL, writer_id TEXT NOT NULL,
    state TEXT NOT NULL, sealed INTEGER NOT NULL, received_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX letters_by_number ON letters (series, serial);
CREATE UNIQUE INDEX letters_by_intake_key ON letters (intake_key);
CREATE INDEX letters_of_writer ON letters (writer_id, received_at, id);
CREATE INDEX letters_by_receipt ON letters (sealed, received_at, id);

CREATE TABLE work_orders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    letter_id TEXT NOT NULL, office_id TEXT, state TEXT NOT NULL, sealed INTEGER NOT NULL, urgent INTEGER NOT NULL,
    extension_waits INTEGER NOT NULL, redone INTEGER NOT NULL, received_at INTEGER NOT NULL,
    next_due INTEGER NOT NULL, amber_from INTEGER, answer_due INTEGER, answered_at INTEGER, ended_at INTEGER
);
CREATE INDEX work_orders_of_letter ON work_orders (letter_id);
CREATE INDEX work_orders_queue ON work_orders (sealed, state, next_due, id);
CREATE INDEX work_orders_office_queue ON work_orders (sealed, state, office_id, next_due, id);
CREATE INDEX work_orders_redone ON work_orders (sealed, state, office_id, next_due, id) WHERE redone = 1;
CREATE INDEX work_orders_extension ON work_orders (sealed, state, next_due, id) WHERE extension_waits = 1;
CREATE INDEX work_orders_by_answer_due ON work_orders (sealed, answer_due);
CREATE INDEX work_orders_by_receipt ON work_orders (sealed, received_at);
CREATE INDEX work_orders_answered ON work_orders (office_id, answered_at, id)
    WHERE answered_at IS NOT NULL AND sealed = 0;
CREATE INDEX work_orders_by_end ON work_orders (sealed, ended_at, id, answered_at);
CREATE INDEX work_orders_open ON work_orders (office_id, id, letter_id, state, received_at, next_due, amber_from)
    WHERE sealed = 0 AND ended_at IS NULL;
CREATE INDEX work_orders_to_close ON work_orders (answered_at, id) WHERE state = 'answered';

CREATE TABLE assignments (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    order_id TEXT NOT NULL, letter_id TEXT NOT NULL, office_id TEXT NOT NULL, at INTEGER NOT NULL,
    sign_due INTEGER, sealed INTEGER NOT NULL
);
CREATE INDEX assignments_of_order ON assignments (order_id, at);
CREATE INDEX assignments_by_sign_due ON assignments (sealed, sign_due);

CREATE TABLE letter_drafts (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    writer_id TEXT NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX letter_drafts_of_writer ON letter_drafts (writer_id, updated_at);

CREATE TABLE examples (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL);
CREATE INDEX examples_by_time ON examples (at, id);

CREATE TABLE places (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL);
CREATE INDEX places_by_time ON places (at, id);

CREATE TABLE public_copies (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    state TEXT NOT NULL, proposed_at INTEGER NOT NULL
);
CREATE INDEX public_copies_in_state ON public_copies (state, proposed_at, id);

-- What is not a record.

CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB NOT NULL);

-- The last number given in each series, and the last one that a checkpoint has seen.
CREATE TABLE series (name TEXT PRIMARY KEY, last INTEGER NOT NULL, sealed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

-- Chains. `body` is the exact text that was hashed.
CREATE TABLE events (
    stream TEXT NOT NULL, seq INTEGER NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX events_of_stream ON events (stream, seq);
CREATE TABLE streams (
    stream TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX streams_grown ON streams (stream) WHERE seq > sealed;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, prev TEXT NOT NULL, hash TEXT NOT NULL, actor TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX audit_of_actor ON audit (actor, seq);
CREATE TABLE ledger (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
-- The heads of the two chains of which there is only one: audit and ledger.
CREATE TABLE heads (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;

-- Jobs and outbox. `due_at` is when the entry may be claimed next: 0 at once, the end of the lock while it is held.
CREATE TABLE work (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, payload BLOB NOT NULL, not_before INTEGER,
    due_at INTEGER NOT NULL, lock TEXT, runs INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
    done_at INTEGER, failed_at INTEGER
);
CREATE UNIQUE INDEX work_by_key ON work (queue, kind, key);
CREATE INDEX work_due ON work (queue, kind, due_at, id) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX work_quarantined ON work (failed_at, id) WHERE failed_at IS NOT NULL;
