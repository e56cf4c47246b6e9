-- attendance: one row per account and event, registered at its earliest time on the list: of the rows of this batch,
-- and of the row known where a record that gives it is on the list still, or on another list. Of totals of the platform
-- (seconds) the longest, likewise: those of two devices overlap.
-- Inputs: good.attendance, current.attendance, ops.row_owner, ops.record_seen, gone, ops.scope_delivery, present,
-- staging.record.
WITH known AS (
    SELECT
        c.account_key,
        c.event,
        c.registered_at,
        c.seconds,
        c.record_id,
        sha256(convert_to(CAST(ROW(c.account_key, c.event) AS text), 'UTF8')) AS key_hash
    FROM (
        SELECT DISTINCT
            s.account_key,
            s.event
        FROM good.attendance AS s
    ) AS k
    INNER JOIN current.attendance AS c
        ON k.account_key = c.account_key AND c.source = :source AND k.event = c.event
),

givers AS (
    SELECT
        k.account_key,
        k.event,
        k.registered_at,
        k.seconds,
        k.record_id
    FROM known AS k
    UNION
    SELECT
        k.account_key,
        k.event,
        k.registered_at,
        k.seconds,
        o.record_id
    FROM known AS k
    INNER JOIN ops.row_owner AS o ON o.entity = 'attendance' AND k.key_hash = o.key_hash
),

listed AS (
    SELECT DISTINCT
        v.account_key,
        v.event,
        v.registered_at,
        v.seconds
    FROM givers AS v
    INNER JOIN ops.record_seen AS seen ON v.record_id = seen.record_id AND seen.source = :source
    LEFT JOIN gone AS g ON v.record_id = g.record_id
    LEFT JOIN ops.scope_delivery AS e
        ON e.batch_id = :batch_id AND e.complete AND seen.dataset = e.dataset AND seen.scope = e.scope
    LEFT JOIN present AS r ON v.record_id = r.record_id
    LEFT JOIN (
        SELECT
            s.account_key,
            s.event,
            d.dataset,
            d.scope
        FROM good.attendance AS s
        INNER JOIN staging.record AS d ON d.batch_id = :batch_id AND d.status = 'parsed' AND s.record_no = d.record_no
    ) AS i
        ON
            v.account_key = i.account_key
            AND v.event = i.event
            AND seen.dataset = i.dataset
            AND seen.scope = i.scope
    WHERE g.record_id IS NULL AND (e.complete IS NOT NULL OR r.record_id IS NOT NULL OR i.account_key IS NULL)
)

SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.event,
    least(
        min(CAST(s.registered_at AS timestamptz)) OVER (PARTITION BY s.account_key, s.event), l.registered_at
    ) AS registered_at,
    left(s.organisation_type, 200) AS organisation_type,
    left(s.institution, 200) AS institution,
    coalesce(s.weak = 'true', FALSE) AS weak,
    greatest(max(CAST(s.seconds AS numeric)) OVER (PARTITION BY s.account_key, s.event), l.seconds) AS seconds
FROM good.attendance AS s
LEFT JOIN listed AS l ON s.account_key = l.account_key AND s.event = l.event
