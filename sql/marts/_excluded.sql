-- What is left out of one indicator and line, and what its total would be if it counted: one row per quarter, source
-- and reason. A cumulative line looks at all quarters up to each. Values are made as the indicators' are.
-- Inputs: the attributed rows of the line.
WITH quarter AS (
    SELECT q.period
    FROM unnest(CAST(:periods AS text[])) AS q (period)
),

summed AS (
    SELECT
        e.period,
        e.source,
        e.excluded,
        count(*) AS n,
        count(*) FILTER (WHERE e.hit) AS hits,
        count(e.hit) AS hits_known,
        sum(e.value) AS total,
        count(e.value) AS valued
    FROM __rows__ AS e
    WHERE e.period IS NOT NULL
    GROUP BY e.period, e.source, e.excluded
),

whole AS (
    SELECT
        q.period,
        coalesce(sum(s.n) FILTER (WHERE s.excluded IS NULL), 0) AS n,
        coalesce(sum(s.hits) FILTER (WHERE s.excluded IS NULL), 0) AS hits,
        coalesce(sum(s.hits_known) FILTER (WHERE s.excluded IS NULL), 0) AS hits_known,
        sum(s.total) FILTER (WHERE s.excluded IS NULL) AS total,
        coalesce(bool_or(s.excluded = 'poblacion_desconocida'), FALSE) AS population_unknown
    FROM quarter AS q
    LEFT JOIN summed AS s ON s.period = q.period OR (CAST(:cumulative AS boolean) AND s.period < q.period)
    GROUP BY q.period
),

left_out AS (
    SELECT
        q.period,
        s.source,
        s.excluded AS reason,
        sum(s.n) AS n,
        sum(s.hits) AS hits,
        sum(s.hits_known) AS hits_known,
        sum(s.total) AS total,
        sum(s.valued) AS valued
    FROM quarter AS q
    INNER JOIN summed AS s ON s.period = q.period OR (CAST(:cumulative AS boolean) AND s.period < q.period)
    WHERE s.excluded IS NOT NULL
    GROUP BY q.period, s.source, s.excluded
),

seen AS (
    SELECT
        e.person_key,
        e.source,
        e.excluded,
        e.period
    FROM __rows__ AS e
    WHERE :measure = 'persons' AND e.period IS NOT NULL
    GROUP BY e.person_key, e.source, e.excluded, e.period
),

told AS (
    SELECT DISTINCT
        q.period,
        s.person_key
    FROM quarter AS q
    INNER JOIN seen AS s ON s.period = q.period OR (CAST(:cumulative AS boolean) AND s.period < q.period)
    WHERE s.excluded IS NULL
),

persons AS (
    SELECT
        t.period,
        count(*) AS persons
    FROM told AS t
    GROUP BY t.period
),

further AS (
    SELECT
        q.period,
        s.source,
        s.excluded AS reason,
        count(DISTINCT s.person_key) AS persons
    FROM quarter AS q
    INNER JOIN seen AS s ON s.period = q.period OR (CAST(:cumulative AS boolean) AND s.period < q.period)
    LEFT JOIN told AS t ON q.period = t.period AND s.person_key = t.person_key
    WHERE s.excluded IS NOT NULL AND t.person_key IS NULL
    GROUP BY q.period, s.source, s.excluded
)

SELECT
    CAST(:indicator AS text) AS indicator,
    l.period,
    CAST(:attribution AS text) AS attribution_rule,
    l.source,
    l.reason,
    CAST(:official AS boolean) AS official,
    l.n AS rows,
    CASE
        WHEN NOT CAST(:has_total AS boolean) OR (w.n = 0 AND w.population_unknown) THEN NULL
        WHEN :measure = 'count' THEN w.n
        WHEN :measure = 'persons' THEN coalesce(p.persons, 0)
        WHEN CAST(:shares AS boolean) THEN round(100.0 * w.hits / nullif(w.hits_known, 0), CAST(:decimals AS integer))
        WHEN :measure = 'mean' THEN round(w.total / nullif(w.n, 0), CAST(:decimals AS integer))
        WHEN :measure = 'sum' THEN round(w.total, CAST(:decimals AS integer))
    END AS value,
    CASE
        WHEN NOT CAST(:has_total AS boolean) THEN NULL
        WHEN CAST(:shares AS boolean) AND l.reason = 'poblacion_desconocida' THEN NULL
        WHEN :measure = 'count' THEN w.n + l.n
        WHEN :measure = 'persons' THEN coalesce(p.persons, 0) + coalesce(f.persons, 0)
        WHEN CAST(:shares AS boolean) AND l.hits_known > 0
            THEN round(100.0 * (w.hits + l.hits) / (w.hits_known + l.hits_known), CAST(:decimals AS integer))
        WHEN :measure = 'mean' AND l.valued > 0
            THEN round((coalesce(w.total, 0) + l.total) / (w.n + l.valued), CAST(:decimals AS integer))
        WHEN :measure = 'sum' AND l.valued > 0
            THEN round(coalesce(w.total, 0) + l.total, CAST(:decimals AS integer))
    END AS value_if_counted
FROM left_out AS l
INNER JOIN whole AS w ON l.period = w.period
LEFT JOIN persons AS p ON l.period = p.period
LEFT JOIN further AS f ON l.period = f.period AND l.source = f.source AND l.reason = f.reason
