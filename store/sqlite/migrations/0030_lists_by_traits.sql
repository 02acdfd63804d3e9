-- Traits come first, then the local day of the limit: what stands behind a number (consult/behind.py) lies together,
-- day after day, and a page of it costs what it shows. The department table adds up the same entries as before.
DROP INDEX work_orders_by_answer_day;
CREATE INDEX work_orders_by_traits
    ON work_orders (sealed, traits, answer_day, office_id, answer_due, working_hours);
DROP INDEX assignments_by_sign_day;
CREATE INDEX assignments_by_traits ON assignments (sealed, traits, cancelled, sign_day, office_id, sign_due);
