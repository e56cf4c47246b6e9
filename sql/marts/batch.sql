-- One row per batch and entity with its accounting. Inputs: ops.batch, row_account.
SELECT
    b.batch_id,
    coalesce(a.entity, '') AS entity,
    b.source,
    b.started_at,
    b.merged_at,
    b.state,
    a.landed,
    a.new,
    a.changed,
    a.returned,
    a.vanished,
    a.unchanged,
    a.quarantined,
    a.repeated,
    a.out_of_scope
FROM ops.batch AS b
LEFT JOIN ops.row_account AS a ON b.batch_id = a.batch_id
