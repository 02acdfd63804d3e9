-- Short messages: what became of each, and when somebody was last told of a sender. Groups of staff and what they were
-- told (mailbox/texting, mailbox/meetings).
CREATE TABLE sms_deliveries (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    reference TEXT, state TEXT NOT NULL, at INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX sms_deliveries_by_reference ON sms_deliveries (reference, at) WHERE reference IS NOT NULL;
CREATE INDEX sms_deliveries_by_state ON sms_deliveries (state, at, id);
CREATE INDEX sms_deliveries_by_end ON sms_deliveries (expires_at);

CREATE TABLE last_notices (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX last_notices_by_end ON last_notices (expires_at);

CREATE TABLE staff_groups (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, office_id TEXT NOT NULL, name TEXT NOT NULL
);
CREATE UNIQUE INDEX staff_groups_by_name ON staff_groups (office_id, name);

CREATE TABLE staff_notices (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, office_id TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX staff_notices_of_office ON staff_notices (office_id, at, id);
