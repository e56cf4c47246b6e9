-- The accounting of a withdrawal for one entity, in rows. One row, or none where nothing moved.
-- Inputs: seam, the current versions of the target.
INSERT INTO ops.row_account (
    batch_id, entity, landed, merged, unchanged, quarantined, repeated, out_of_scope,
    new, changed, returned, vanished, current_before, current_after
)
SELECT
    :batch_id,
    :entity,
    s.new + s.changed + s.returned AS landed,
    s.new + s.changed + s.returned AS merged,
    0,
    0,
    0,
    0,
    s.new,
    s.changed,
    s.returned,
    s.vanished,
    s.current_before,
    (
        SELECT count(*) FROM __target__ AS c
        WHERE c.source = :source AND c.valid_to = 'infinity' AND c.vanished_at IS NULL
    ) AS current_after
FROM (
    SELECT
        count(*) FILTER (WHERE m.outcome = 'new') AS new,
        count(*) FILTER (WHERE m.outcome = 'changed') AS changed,
        count(*) FILTER (WHERE m.outcome = 'returned') AS returned,
        count(*) FILTER (WHERE m.outcome = 'vanished') AS vanished,
        count(*) FILTER (WHERE m.outcome = 'closed') AS closed,
        count(*) FILTER (WHERE m.was_present) AS current_before
    FROM __seam__ AS m
) AS s
WHERE s.new + s.changed + s.returned + s.vanished + s.closed > 0
