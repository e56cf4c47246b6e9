-- Codes gone: editions, events, surveys and modules that nobody declares any more, of which rows count in a vintage in
-- force of another quarter than :period: one row per indicator and code, with its first such quarter.
-- Under another code the same rows would count once more. Inputs: warehouse.course_edition, event, survey, module (what
-- is current); results.candidate, evidence_set, evidence.
WITH declared AS (
    SELECT
        'edition' AS kind,
        d.edition AS code,
        d.vanished_at
    FROM warehouse.course_edition AS d
    WHERE d.valid_to = 'infinity'
    UNION ALL
    SELECT
        'event' AS kind,
        d.event AS code,
        d.vanished_at
    FROM warehouse.event AS d
    WHERE d.valid_to = 'infinity'
    UNION ALL
    SELECT
        'survey' AS kind,
        d.survey AS code,
        d.vanished_at
    FROM warehouse.survey AS d
    WHERE d.valid_to = 'infinity'
    UNION ALL
    SELECT
        'module' AS kind,
        d.module AS code,
        d.vanished_at
    FROM warehouse.module AS d
    WHERE d.valid_to = 'infinity'
),

gone AS (
    SELECT
        d.kind,
        d.code
    FROM declared AS d
    GROUP BY d.kind, d.code
    HAVING bool_and(d.vanished_at IS NOT NULL)
),

in_force AS (
    SELECT DISTINCT ON (c.period)
        c.period,
        c.candidate_id
    FROM results.candidate AS c
    WHERE c.state = 'vintage'
    ORDER BY c.period ASC, c.vintage DESC
)

SELECT
    s.indicator,
    g.kind,
    g.code,
    min(c.period) AS quarter
FROM gone AS g
CROSS JOIN in_force AS c
INNER JOIN results.evidence_set AS s ON c.candidate_id = s.candidate_id AND s.official
WHERE
    c.period <> :period
    AND EXISTS (
        SELECT 1
        FROM results.evidence AS e
        WHERE
            s.set_id = e.set_id
            AND e.period = c.period
            AND e.excluded IS NULL
            AND g.code = CASE g.kind
                WHEN 'edition' THEN e.edition
                WHEN 'event' THEN e.event
                WHEN 'survey' THEN e.survey
                ELSE e.module
            END
    )
GROUP BY s.indicator, g.kind, g.code
ORDER BY s.indicator ASC, g.kind ASC, g.code ASC
