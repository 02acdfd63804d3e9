-- Application passwords, by which mail programs log in (mailbox/apppasswords.py).

CREATE TABLE app_passwords (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    account_id TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX app_passwords_of_account ON app_passwords (account_id, created_at);
