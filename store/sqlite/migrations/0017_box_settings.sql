-- What is set for boxes, whom a box on vacation answered, contacts (mailbox/mail/settings.py, answered.py,
-- mailbox/contacts), and log-ins as their account's holder sees them (mailbox/loginrecords.py).
CREATE TABLE box_settings (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);

CREATE TABLE vacation_answers (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, box_id TEXT NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX vacation_answers_of_box ON vacation_answers (box_id);
CREATE INDEX vacation_answers_by_end ON vacation_answers (expires_at);

CREATE TABLE contacts (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, box_id TEXT NOT NULL
);
CREATE INDEX contacts_of_box ON contacts (box_id, id);

CREATE TABLE log_ins (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    account_id TEXT NOT NULL, at INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX log_ins_of_account ON log_ins (account_id, at, id);
CREATE INDEX log_ins_by_end ON log_ins (expires_at);
