-- The index of like letters: a row of `mark_index` for each mark of a letter. `row` grows, so the newest come last.
CREATE TABLE letter_marks (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE mark_index (mark INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (mark, row)) WITHOUT ROWID;

ALTER TABLE letters ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX letters_to_mark ON letters (received_at) WHERE marked = 0 AND sealed = 0;

CREATE TRIGGER letter_marks_kept AFTER INSERT ON letter_marks BEGIN
    INSERT INTO mark_index SELECT value, NEW.row FROM json_each(CAST(NEW.body AS TEXT), '$.marks');
    UPDATE letters SET marked = 1 WHERE id = NEW.id;
END;
CREATE TRIGGER letter_marks_deleted AFTER DELETE ON letter_marks BEGIN
    DELETE FROM mark_index WHERE row = OLD.row
        AND mark IN (SELECT value FROM json_each(CAST(OLD.body AS TEXT), '$.marks'));
    UPDATE letters SET marked = 0 WHERE id = OLD.id;
END;
CREATE TRIGGER letter_marks_changed AFTER UPDATE ON letter_marks BEGIN
    DELETE FROM mark_index WHERE row = OLD.row
        AND mark IN (SELECT value FROM json_each(CAST(OLD.body AS TEXT), '$.marks'));
    INSERT INTO mark_index SELECT value, NEW.row FROM json_each(CAST(NEW.body AS TEXT), '$.marks');
END;

CREATE TABLE hot_issues (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, current INTEGER NOT NULL, heat REAL NOT NULL
);
CREATE INDEX hot_issues_current ON hot_issues (heat) WHERE current = 1;
