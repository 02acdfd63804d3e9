-- Mail on its way to one recipient each (mailbox/outgoing). `message_key` is a number made of the sender's box and the
-- Message-ID (mailbox/mail/keys.py). `content_id` is NULL when the bytes are needed no more.
CREATE TABLE outgoing_mail (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    message_key INTEGER, state TEXT NOT NULL, created_at INTEGER NOT NULL, done_at INTEGER, content_id TEXT
);
CREATE INDEX outgoing_mail_by_message ON outgoing_mail (message_key) WHERE message_key IS NOT NULL;
CREATE INDEX outgoing_mail_by_state ON outgoing_mail (state, created_at, id);
CREATE INDEX outgoing_mail_by_end ON outgoing_mail (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outgoing_mail_of_content ON outgoing_mail (content_id) WHERE content_id IS NOT NULL;

-- How much each box sent in this hour and on this day.
CREATE TABLE send_counts (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);

-- What is sent was perhaps in no box, and what was in one may have left it meanwhile.
CREATE TRIGGER outgoing_mail_over AFTER UPDATE OF content_id ON outgoing_mail
WHEN OLD.content_id IS NOT NULL AND NEW.content_id IS NOT OLD.content_id BEGIN
    INSERT INTO loose_contents (content_id) VALUES (OLD.content_id) ON CONFLICT (content_id) DO UPDATE SET since = NULL;
END;
CREATE TRIGGER outgoing_mail_gone AFTER DELETE ON outgoing_mail WHEN OLD.content_id IS NOT NULL BEGIN
    INSERT INTO loose_contents (content_id) VALUES (OLD.content_id) ON CONFLICT (content_id) DO UPDATE SET since = NULL;
END;
