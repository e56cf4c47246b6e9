-- What a batch brought, for the log of its task: one row, none for an unknown batch. Inputs: ops.batch, landed_file,
-- row_account.
SELECT
    b.batch_id,
    b.source,
    b.state,
    b.message,
    f.files,
    coalesce(a.landed, 0) AS landed,
    coalesce(a.new, 0) AS new,
    coalesce(a.changed, 0) AS changed,
    coalesce(a.returned, 0) AS returned,
    coalesce(a.unchanged, 0) AS unchanged,
    coalesce(a.quarantined, 0) AS quarantined
FROM ops.batch AS b
CROSS JOIN
    LATERAL (
        SELECT count(*) AS files FROM ops.landed_file AS l
        WHERE l.batch_id = b.batch_id
    ) AS f
CROSS JOIN
    LATERAL (
        SELECT
            sum(r.landed) AS landed,
            sum(r.new) AS new,
            sum(r.changed) AS changed,
            sum(r.returned) AS returned,
            sum(r.unchanged) AS unchanged,
            sum(r.quarantined) AS quarantined
        FROM ops.row_account AS r
        WHERE r.batch_id = b.batch_id
    ) AS a
WHERE b.batch_id = :batch
