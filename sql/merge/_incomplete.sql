-- A complete scope that holds a record or a row of nobody knows whom counts as incomplete: it may be the missing one.
-- Inputs: staging.record (unreadable records), nobody (records with a retained row whose natural key is not known).
UPDATE ops.scope_delivery AS d
SET complete = FALSE
FROM (
    SELECT DISTINCT
        r.dataset,
        r.scope
    FROM staging.record AS r
    WHERE
        r.batch_id = :batch_id
        AND (
            (r.status = 'parsed' AND r.unreadable IS NOT NULL)
            OR r.record_no IN (SELECT n.record_no FROM nobody AS n)
        )
) AS u
WHERE d.batch_id = :batch_id AND d.complete AND u.dataset = d.dataset AND u.scope = d.scope
