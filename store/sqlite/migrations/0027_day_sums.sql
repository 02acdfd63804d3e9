-- What came and what ended on each day in Asia/Shanghai (consult/day_sums.py), as days since 1970-01-01, kept by
-- triggers in the very commit. Sealed letters are in none of it; a day without anything has no row.
ALTER TABLE letters ADD COLUMN received_day INTEGER
    GENERATED ALWAYS AS ((received_at + 28800000000) / 86400000000) VIRTUAL;
ALTER TABLE work_orders ADD COLUMN received_day INTEGER
    GENERATED ALWAYS AS ((received_at + 28800000000) / 86400000000) VIRTUAL;
ALTER TABLE work_orders ADD COLUMN ended_day INTEGER
    GENERATED ALWAYS AS ((ended_at + 28800000000) / 86400000000) VIRTUAL;

-- `orders` are the work orders received, `split_off` those of them that are not their letter's first.
CREATE TABLE day_sums (
    day INTEGER PRIMARY KEY, received INTEGER NOT NULL, orders INTEGER NOT NULL, split_off INTEGER NOT NULL,
    answered INTEGER NOT NULL, cancelled INTEGER NOT NULL
);
INSERT INTO day_sums
    SELECT day, sum(received), sum(orders), sum(split_off), sum(answered), sum(cancelled) FROM (
        SELECT received_day AS day, count(*) AS received, 0 AS orders, 0 AS split_off, 0 AS answered, 0 AS cancelled
            FROM letters WHERE sealed = 0 GROUP BY received_day
        UNION ALL SELECT received_day, 0, count(*), 0, 0, 0 FROM work_orders WHERE sealed = 0 GROUP BY received_day
        UNION ALL SELECT min(received_day), 0, 0, count(*) - 1, 0, 0
            FROM work_orders WHERE sealed = 0 GROUP BY letter_id HAVING count(*) > 1
        UNION ALL SELECT ended_day, 0, 0, 0, count(answered_at), count(*) - count(answered_at)
            FROM work_orders WHERE sealed = 0 AND ended_at IS NOT NULL GROUP BY ended_day
    ) GROUP BY day;

-- Adding to the sums is inserting here. ("+sealed" below: an index that begins with it would be read from end to end.)
CREATE VIEW day_changes AS SELECT * FROM day_sums;
CREATE TRIGGER day_changed INSTEAD OF INSERT ON day_changes BEGIN
    INSERT INTO day_sums VALUES (NEW.day, NEW.received, NEW.orders, NEW.split_off, NEW.answered, NEW.cancelled)
        ON CONFLICT (day) DO UPDATE SET received = received + excluded.received, orders = orders + excluded.orders,
            split_off = split_off + excluded.split_off, answered = answered + excluded.answered,
            cancelled = cancelled + excluded.cancelled;
    DELETE FROM day_sums WHERE day = NEW.day AND received = 0 AND orders = 0 AND split_off = 0 AND answered = 0
        AND cancelled = 0;
END;

CREATE TRIGGER letter_came AFTER INSERT ON letters WHEN NEW.sealed = 0 BEGIN
    INSERT INTO day_changes VALUES (NEW.received_day, 1, 0, 0, 0, 0);
END;
CREATE TRIGGER letter_gone AFTER DELETE ON letters WHEN OLD.sealed = 0 BEGIN
    INSERT INTO day_changes VALUES (OLD.received_day, -1, 0, 0, 0, 0);
END;
CREATE TRIGGER letter_changed AFTER UPDATE OF sealed, received_at ON letters
    WHEN OLD.sealed != NEW.sealed OR OLD.received_at != NEW.received_at BEGIN
    INSERT INTO day_changes SELECT OLD.received_day, -1, 0, 0, 0, 0 WHERE OLD.sealed = 0;
    INSERT INTO day_changes SELECT NEW.received_day, 1, 0, 0, 0, 0 WHERE NEW.sealed = 0;
END;

CREATE TRIGGER work_order_came AFTER INSERT ON work_orders WHEN NEW.sealed = 0 BEGIN
    INSERT INTO day_changes VALUES (NEW.received_day, 0, 1, EXISTS (
        SELECT 1 FROM work_orders WHERE letter_id = NEW.letter_id AND +sealed = 0 AND id != NEW.id), 0, 0);
    INSERT INTO day_changes SELECT NEW.ended_day, 0, 0, 0, NEW.answered_at IS NOT NULL, NEW.answered_at IS NULL
        WHERE NEW.ended_at IS NOT NULL;
END;
CREATE TRIGGER work_order_gone AFTER DELETE ON work_orders WHEN OLD.sealed = 0 BEGIN
    INSERT INTO day_changes VALUES (OLD.received_day, 0, -1, -EXISTS (
        SELECT 1 FROM work_orders WHERE letter_id = OLD.letter_id AND +sealed = 0), 0, 0);
    INSERT INTO day_changes SELECT OLD.ended_day, 0, 0, 0, -(OLD.answered_at IS NOT NULL), -(OLD.answered_at IS NULL)
        WHERE OLD.ended_at IS NOT NULL;
END;
CREATE TRIGGER work_order_changed AFTER UPDATE OF letter_id, sealed, received_at ON work_orders
    WHEN OLD.sealed != NEW.sealed OR OLD.received_at != NEW.received_at OR OLD.letter_id != NEW.letter_id BEGIN
    INSERT INTO day_changes SELECT OLD.received_day, 0, -1, -EXISTS (
        SELECT 1 FROM work_orders WHERE letter_id = OLD.letter_id AND +sealed = 0 AND id != OLD.id), 0, 0
        WHERE OLD.sealed = 0;
    INSERT INTO day_changes SELECT NEW.received_day, 0, 1, EXISTS (
        SELECT 1 FROM work_orders WHERE letter_id = NEW.letter_id AND +sealed = 0 AND id != NEW.id), 0, 0
        WHERE NEW.sealed = 0;
END;
CREATE TRIGGER work_order_ended AFTER UPDATE OF sealed, answered_at, ended_at ON work_orders
    WHEN OLD.sealed != NEW.sealed OR OLD.ended_at IS NOT NEW.ended_at OR OLD.answered_at IS NOT NEW.answered_at BEGIN
    INSERT INTO day_changes SELECT OLD.ended_day, 0, 0, 0, -(OLD.answered_at IS NOT NULL), -(OLD.answered_at IS NULL)
        WHERE OLD.sealed = 0 AND OLD.ended_at IS NOT NULL;
    INSERT INTO day_changes SELECT NEW.ended_day, 0, 0, 0, NEW.answered_at IS NOT NULL, NEW.answered_at IS NULL
        WHERE NEW.sealed = 0 AND NEW.ended_at IS NOT NULL;
END;

-- The sums stand for what these two were read for.
DROP INDEX work_orders_by_receipt;
DROP INDEX work_orders_by_end;
-- The board counts those alike in the order of the index, and a tile's list goes by the next limit.
DROP INDEX work_orders_open;
CREATE INDEX work_orders_open
    ON work_orders (next_due, amber_from, received_day, id, letter_id, office_id, state, received_at)
    WHERE sealed = 0 AND ended_at IS NULL;
