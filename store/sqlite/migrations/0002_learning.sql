-- Lessons can be taken back, so that whoever learns from them asks what changed.
ALTER TABLE examples ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
UPDATE examples SET changed_at = at;
CREATE INDEX examples_by_change ON examples (changed_at, id);

-- What was routed alone, and whether it came back.
ALTER TABLE assignments ADD COLUMN routed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE assignments ADD COLUMN returned_at INTEGER;
ALTER TABLE assignments ADD COLUMN return_due INTEGER;
UPDATE assignments SET routed_by = json_extract(CAST(body AS TEXT), '$.routed_by'), return_due = at;
CREATE INDEX assignments_routed_alone ON assignments (at) WHERE routed_by = 'judge' AND sealed = 0;

ALTER TABLE places ADD COLUMN source TEXT NOT NULL DEFAULT '';
UPDATE places SET source = json_extract(CAST(body AS TEXT), '$.source');
CREATE INDEX places_taught ON places (at, id) WHERE source = 'clerk';

CREATE TABLE routing_precisions (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL);
