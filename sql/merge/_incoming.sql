-- Incoming: the good staged rows of an entity, typed, hashed and compared with the current version of their key.
-- outcome: repeated (a copy of an earlier row of the batch), new, returned, unchanged, changed; _disputes and
-- _sightings add conflict. judged = what it would be as the first of its key; at_home = of the version's own scope.
-- Inputs: sql/merge/<entity>.sql, staging.record, the current versions of the target.
CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
WITH hashed AS (
    SELECT
        t.*,
        r.dataset,
        r.scope,
        r.landed_file_id,
        r.position,
        r.record_id,
        __hashed__ AS row_hash,
        row_number() OVER (PARTITION BY __keys__ ORDER BY t.record_no, t.staged_id) AS copy
    FROM __typed__ AS t
    INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND t.record_no = r.record_no
)

SELECT
    i.*,
    sha256(convert_to(CAST(ROW(__ikeys__) AS text), 'UTF8')) AS key_hash,
    c.record_id AS owner_id,
    coalesce(c.stale, FALSE) AS was_stale,
    FALSE AS owner_stays,
    coalesce(c.dataset = i.dataset AND c.scope = i.scope, FALSE) AS at_home,
    coalesce(__contradicts__, FALSE) AS contradicts,
    (c.valid_from IS NOT NULL AND ROW(__istated__) IS DISTINCT FROM ROW(__cstated__)) AS contested,
    CASE
        WHEN c.valid_from IS NULL THEN 'new'
        WHEN c.vanished_at IS NOT NULL THEN 'returned'
        WHEN c.row_hash = i.row_hash THEN 'unchanged'
        ELSE 'changed'
    END AS judged,
    CASE
        WHEN i.copy > 1 THEN 'repeated'
        WHEN c.valid_from IS NULL THEN 'new'
        WHEN c.vanished_at IS NOT NULL THEN 'returned'
        WHEN c.row_hash = i.row_hash THEN 'unchanged'
        ELSE 'changed'
    END AS outcome
FROM hashed AS i
LEFT JOIN (
    SELECT v.* FROM __target__ AS v
    WHERE v.valid_to = 'infinity' AND v.source = :source
) AS c
    ON __join__
