-- Good staged rows of whose key a later batch than that of their landed file brought another version: one row each.
-- Of sightings, versions of other scopes say their own. Inputs: sql/merge/<entity>.sql, staging.record, the target.
SELECT
    i.staged_id,
    c.batch_id
FROM (
    SELECT
        t.*,
        __hashed__ AS row_hash
    FROM __typed__ AS t
) AS i
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND i.record_no = r.record_no
INNER JOIN ops.landed_file AS f ON r.landed_file_id = f.landed_file_id
INNER JOIN __target__ AS c
    ON c.valid_to = 'infinity' AND c.source = :source AND __join__
WHERE
    c.batch_id > f.batch_id
    AND (c.vanished_at IS NOT NULL OR c.row_hash <> i.row_hash)
    AND (NOT CAST(:sighting AS boolean) OR (c.dataset = r.dataset AND c.scope = r.scope))
