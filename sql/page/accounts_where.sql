-- Where the newest word about some accounts stands: one row per account (:accounts). Inputs: current.account_identity,
-- ops.landed_file.
SELECT
    i.account_key,
    coalesce(nullif(f.original_name, ''), CAST(i.landed_file_id AS text)) AS file,
    f.batch_id,
    i.position
FROM current.account_identity AS i
LEFT JOIN ops.landed_file AS f ON i.landed_file_id = f.landed_file_id
WHERE i.account_key = ANY(CAST(:accounts AS uuid[]))
