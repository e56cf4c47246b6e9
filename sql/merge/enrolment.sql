-- enrolment: one row per account and edition.
-- The population is sticky: once seen active, student and not suspended, an account stays in it unless its role stops
-- being student. The first access is the earliest ever seen, since platforms tell only the last one.
-- gap_closed_at tells since when it has been active without a gap, where there ever was one.
-- A date before 2000 (platforms write 1970 or 1980) is no instant.
-- Inputs: good.enrolment, staging.same_key, current.enrolment.
WITH staged AS NOT MATERIALIZED (
    SELECT
        s.staged_id,
        s.record_no,
        s.account_key,
        s.edition,
        s.role,
        (s.active = 'true' AND coalesce(s.suspended, 'false') <> 'true') AS active,
        CASE WHEN CAST(s.enrolled_at AS timestamptz) >= '2000-01-01' THEN CAST(s.enrolled_at AS timestamptz) END
            AS enrolled_at,
        CASE WHEN CAST(s.accessed_at AS timestamptz) >= '2000-01-01' THEN CAST(s.accessed_at AS timestamptz) END
            AS accessed_at
    FROM good.enrolment AS s
),

-- Keys told twice are few, and validation noted their rows: all others have one first access to tell.
told_again AS (
    SELECT
        s.account_key,
        s.edition,
        min(s.accessed_at) AS first_at
    FROM staged AS s
    INNER JOIN staging.same_key AS k
        ON k.batch_id = :batch_id AND k.entity = 'enrolment' AND s.staged_id = k.staged_id
    GROUP BY s.account_key, s.edition
)

SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.edition,
    s.role,
    s.active,
    (s.role = 'student' AND (s.active OR coalesce(c.in_population, FALSE))) AS in_population,
    s.enrolled_at,
    least(c.first_access_at, s.accessed_at, t.first_at) AS first_access_at,
    CASE
        WHEN s.active AND (NOT c.active OR c.vanished_at IS NOT NULL) THEN CAST(:at AS timestamptz)
        ELSE c.gap_closed_at
    END AS gap_closed_at
FROM staged AS s
LEFT JOIN current.enrolment AS c
    ON s.account_key = c.account_key AND c.source = :source AND s.edition = c.edition
LEFT JOIN told_again AS t ON s.account_key = t.account_key AND s.edition = t.edition
