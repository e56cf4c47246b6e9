-- One row per official total of an indicator and quarter, from the quarter before. What was said of that quarter is
-- its first version computed after its last day, until there are official ones; the current one where there is none.
-- Inputs: marts.indicator_value, quarters.
WITH total AS (
    SELECT v.*
    FROM marts.indicator_value AS v
    WHERE v.official AND v.disaggregation = 'total'
),

said AS (
    SELECT DISTINCT ON (t.indicator, t.period)
        t.indicator,
        t.period,
        t.value
    FROM total AS t
    INNER JOIN quarters AS q ON t.period = q.period
    WHERE t.computed_at >= q.ends_at OR t.is_current
    ORDER BY t.indicator, t.period, t.version
),

chained AS (
    SELECT
        c.indicator,
        c.period,
        c.attribution_rule,
        q.previous_period,
        c.value,
        CASE WHEN q.previous_period IS NULL THEN 0 ELSE s.value END AS previous_value,
        CASE WHEN q.previous_period IS NULL THEN 0 ELSE b.value END AS previous_now,
        CASE
            WHEN c.measure NOT IN ('count', 'persons', 'sum') THEN 'no_aditivo'
            WHEN c.span = 'period' THEN 'del_periodo'
        END AS kept_apart
    FROM total AS c
    INNER JOIN quarters AS q ON c.period = q.period
    LEFT JOIN total AS b ON c.indicator = b.indicator AND q.previous_period = b.period AND b.is_current
    LEFT JOIN said AS s ON c.indicator = s.indicator AND q.previous_period = s.period
    WHERE c.is_current
)

SELECT
    c.indicator,
    c.period,
    c.attribution_rule,
    c.previous_period,
    CASE WHEN c.previous_period IS NOT NULL OR c.kept_apart IS NULL THEN c.previous_value END AS previous_value,
    CASE
        WHEN c.kept_apart IS NULL THEN c.value - c.previous_now
        WHEN c.kept_apart = 'del_periodo' THEN c.value
    END AS added,
    CASE
        WHEN c.kept_apart = 'no_aditivo' OR (c.kept_apart IS NOT NULL AND c.previous_period IS NULL) THEN NULL
        ELSE c.previous_now - c.previous_value
    END AS corrected,
    c.value,
    coalesce(
        c.kept_apart,
        CASE WHEN c.value IS NULL OR c.previous_now IS NULL OR c.previous_value IS NULL THEN 'sin_dato' END
    ) AS obs_note
FROM chained AS c
