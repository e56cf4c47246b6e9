-- Held: the present keys of which the batch holds rows back, with each record that may still give them.
-- heir_id = that record, where it stays (see _holders; or it was merged tonight); lost_id = where it does not.
-- Inputs: staging.<entity>, staging.failed_row, staging.record, the target, ops.row_owner, ops.record_seen, gone,
-- ops.scope_delivery, present.
CREATE TEMPORARY TABLE held ON COMMIT DROP AS
WITH candidates AS (
    SELECT
        __ckeys__,
        row_number() OVER (PARTITION BY __ckeys__ ORDER BY i.record_no DESC) AS place,
        c.record_id AS owner_id,
        c.dataset AS home_dataset,
        c.scope AS home_scope,
        sha256(convert_to(CAST(ROW(__ckeys__) AS text), 'UTF8')) AS key_hash,
        i.record_no,
        r.dataset,
        r.scope
    FROM __staged__ AS i
    INNER JOIN staging.failed_row AS f
        ON f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical' AND i.staged_id = f.staged_id
    INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND i.record_no = r.record_no
    INNER JOIN __target__ AS c
        ON c.valid_to = 'infinity' AND c.source = :source AND c.vanished_at IS NULL AND __join__
    WHERE i.batch_id = :batch_id
),

failed AS (
    SELECT c.* FROM candidates AS c
    WHERE c.place = 1
),

givers AS (
    SELECT
        f.key_hash,
        f.owner_id AS record_id
    FROM failed AS f
    WHERE f.owner_id IS NOT NULL
    UNION
    SELECT
        f.key_hash,
        o.record_id
    FROM failed AS f
    INNER JOIN ops.row_owner AS o ON o.entity = :entity AND f.key_hash = o.key_hash
),

known AS (
    SELECT
        v.key_hash,
        v.record_id,
        coalesce(r.dataset, seen.dataset) AS dataset,
        coalesce(r.scope, seen.scope) AS scope,
        (d.complete IS NOT NULL OR p.record_id IS NOT NULL OR r.record_id IS NOT NULL) AS present
    FROM givers AS v
    LEFT JOIN ops.record_seen AS seen ON v.record_id = seen.record_id AND seen.source = :source
    LEFT JOIN gone AS g ON v.record_id = g.record_id
    LEFT JOIN ops.scope_delivery AS d
        ON d.batch_id = :batch_id AND d.complete AND seen.dataset = d.dataset AND seen.scope = d.scope
    LEFT JOIN present AS p ON v.record_id = p.record_id
    LEFT JOIN staging.record AS r ON r.batch_id = :batch_id AND v.record_id = r.record_id
    WHERE (seen.record_id IS NOT NULL AND g.record_id IS NULL) OR r.record_id IS NOT NULL
)

SELECT
    __fkeys__,
    f.key_hash,
    f.record_no,
    coalesce(k.record_id = f.owner_id AND (k.present OR k.dataset <> f.dataset OR k.scope <> f.scope), FALSE) AS owns,
    coalesce(k.dataset = f.home_dataset AND k.scope = f.home_scope, FALSE) AS at_home,
    CASE WHEN k.present OR k.dataset <> f.dataset OR k.scope <> f.scope THEN k.record_id END AS heir_id,
    CASE WHEN NOT k.present AND k.dataset = f.dataset AND k.scope = f.scope THEN k.record_id END AS lost_id,
    CASE WHEN k.present OR k.dataset <> f.dataset OR k.scope <> f.scope THEN k.dataset ELSE f.dataset END AS dataset,
    CASE WHEN k.present OR k.dataset <> f.dataset OR k.scope <> f.scope THEN k.scope ELSE f.scope END AS scope
FROM failed AS f
LEFT JOIN known AS k ON f.key_hash = k.key_hash
