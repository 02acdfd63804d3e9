-- What the department table is counted from, in the order in which it is added up: the local day (+08:00) of the limit, the
-- office, the traits (consult/traits.py). The table then reads an index and no work order.
ALTER TABLE work_orders ADD COLUMN traits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE work_orders ADD COLUMN working_hours REAL;
ALTER TABLE work_orders ADD COLUMN answer_day INTEGER;
UPDATE work_orders SET traits = order_traits(body), working_hours = order_hours(body),
    answer_day = (answer_due + 28800000000) / 86400000000;
DROP INDEX work_orders_by_answer_due;
CREATE INDEX work_orders_by_answer_day
    ON work_orders (sealed, answer_day, office_id, traits, answer_due, working_hours);

-- A turn's work order says whether it was cancelled; the triggers repeat that beside the turn.
ALTER TABLE assignments ADD COLUMN traits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assignments ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assignments ADD COLUMN sign_day INTEGER;
UPDATE assignments SET traits = turn_traits(body), sign_day = (sign_due + 28800000000) / 86400000000;
UPDATE assignments SET cancelled = 1 WHERE order_id IN (SELECT id FROM work_orders WHERE state = 'cancelled');
DROP INDEX assignments_by_sign_due;
CREATE INDEX assignments_by_sign_day ON assignments (sealed, sign_day, office_id, traits, cancelled, sign_due);

CREATE TRIGGER work_orders_cancelled AFTER UPDATE OF state ON work_orders
WHEN (NEW.state = 'cancelled') <> (OLD.state = 'cancelled')
BEGIN
    UPDATE assignments SET cancelled = (NEW.state = 'cancelled') WHERE order_id = NEW.id;
END;
CREATE TRIGGER work_orders_come_cancelled AFTER INSERT ON work_orders WHEN NEW.state = 'cancelled'
BEGIN
    UPDATE assignments SET cancelled = 1 WHERE order_id = NEW.id;
END;
CREATE TRIGGER assignments_come_cancelled AFTER INSERT ON assignments
BEGIN
    UPDATE assignments SET cancelled = 1 WHERE id = NEW.id AND EXISTS (
        SELECT 1 FROM work_orders WHERE work_orders.id = NEW.order_id AND state = 'cancelled');
END;
