-- Differing rows: one row per row of evidence that only one of two sets has, or of which another thing is counted,
-- paired by landed file, position and what it is a row of; told is what the hash of a candidate covers. At most :shown,
-- and how many there are. Inputs: results.evidence of a set (:set_id), rows with the same columns, ops.landed_file.
WITH told AS (
    SELECT
        e.published,
        coalesce(l.sha256, '') AS sha256,
        coalesce(e.position, '') AS position,
        e.evidence_key,
        e.source,
        jsonb_build_object(
            'counted', e.excluded IS NULL,
            'hit', e.hit,
            'value', trim_scale(e.value),
            'period', e.period,
            'late', e.late,
            'sex', e.sex,
            'institution', e.institution,
            'state', e.state,
            'organisation_type', e.organisation_type,
            'course', e.course,
            'edition', e.edition,
            'module', e.module,
            'event', e.event,
            'survey', e.survey
        ) AS content
    FROM (
        SELECT
            TRUE AS published,
            p.evidence_key,
            p.source,
            p.landed_file_id,
            p.position,
            p.excluded,
            p.hit,
            p.value,
            p.period,
            p.late,
            p.sex,
            p.institution,
            p.state,
            p.organisation_type,
            p.course,
            p.edition,
            p.module,
            p.event,
            p.survey
        FROM results.evidence AS p
        WHERE p.set_id = :set_id
        UNION ALL
        SELECT
            FALSE AS published,
            a.evidence_key,
            a.source,
            a.landed_file_id,
            a.position,
            a.excluded,
            a.hit,
            a.value,
            a.period,
            a.late,
            a.sex,
            a.institution,
            a.state,
            a.organisation_type,
            a.course,
            a.edition,
            a.module,
            a.event,
            a.survey
        FROM (
            __again__
        ) AS a
    ) AS e
    LEFT JOIN ops.landed_file AS l ON e.landed_file_id = l.landed_file_id
),

numbered AS (
    SELECT
        t.*,
        row_number() OVER (
            PARTITION BY t.published, t.sha256, t.position, t.evidence_key ORDER BY CAST(t.content AS text)
        ) AS copy
    FROM told AS t
),

published AS (
    SELECT n.*
    FROM numbered AS n
    WHERE n.published
),

again AS (
    SELECT n.*
    FROM numbered AS n
    WHERE NOT n.published
)

SELECT
    coalesce(p.sha256, a.sha256) AS sha256,
    coalesce(p.position, a.position) AS position,
    coalesce(p.source, a.source) AS source,
    p.content AS published,
    a.content AS again,
    count(*) OVER () AS total
FROM published AS p
FULL OUTER JOIN again AS a
    ON
        p.sha256 = a.sha256
        AND p.position = a.position
        AND p.evidence_key = a.evidence_key
        AND p.source = a.source
        AND p.copy = a.copy
WHERE p.content IS DISTINCT FROM a.content
ORDER BY
    coalesce(p.sha256, a.sha256) ASC,
    coalesce(p.position, a.position) ASC,
    coalesce(p.evidence_key, a.evidence_key) ASC
LIMIT :shown
