-- Which records name which bytes (core/naming.py), kept by every commit; and the bytes that are to be looked at, because
-- they lost a name or came without one. `kind` is the record's table, `since` when a sweep first saw them.
CREATE TABLE blob_names (
    blob_id TEXT NOT NULL, kind TEXT NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (blob_id, kind, record_id)
) WITHOUT ROWID;
CREATE TABLE loose_blobs (blob_id TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID;
CREATE INDEX loose_blobs_by_time ON loose_blobs (since);

-- What was kept before. A record that can't be read may name anything: then nothing is held to be without a name.
CREATE TEMP VIEW bodies (kind, record_id, body) AS
    SELECT 'letters', id, CAST(body AS TEXT) FROM letters
    UNION ALL SELECT 'work_orders', id, CAST(body AS TEXT) FROM work_orders
    UNION ALL SELECT 'letter_drafts', id, CAST(body AS TEXT) FROM letter_drafts
    UNION ALL SELECT 'messages', id, CAST(body AS TEXT) FROM messages
    UNION ALL SELECT 'box_messages', id, CAST(body AS TEXT) FROM box_messages
    UNION ALL SELECT 'held_mail', id, CAST(body AS TEXT) FROM held_mail;
INSERT OR IGNORE INTO blob_names SELECT found.value, bodies.kind, bodies.record_id
    FROM bodies, json_tree(CASE WHEN json_valid(bodies.body) THEN bodies.body ELSE '{}' END) AS found
    WHERE found.key IN ('raw_blob', 'blob_id') AND found.value <> '';
INSERT INTO loose_blobs SELECT id, NULL FROM blobs
    WHERE id NOT IN (SELECT blob_id FROM blob_names)
    AND NOT EXISTS (SELECT 1 FROM bodies WHERE NOT json_valid(body));
DROP VIEW bodies;

-- What was sent long ago: the entry stays, so that nothing is sent twice, what it said goes.
UPDATE work SET payload = x'7b7d' WHERE done_at IS NOT NULL;
