-- Which letters were split up in a period is answered by the index alone: without the letter's id in it every work order
-- of the period was read whole.
DROP INDEX work_orders_by_receipt;
CREATE INDEX work_orders_by_receipt ON work_orders (sealed, received_at, letter_id);
-- The same for what was routed alone and came back.
DROP INDEX assignments_routed_alone;
CREATE INDEX assignments_routed_alone ON assignments (at, returned_at, return_due, order_id, office_id, routed_by, sealed)
    WHERE routed_by = 'judge' AND sealed = 0;
