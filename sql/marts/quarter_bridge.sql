-- One row per official total of an indicator and quarter, from the quarter before. What was said of that quarter is its
-- official figure in force; without one the first version computed after its last day, else the current one.
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
        t.value,
        t.vintage
    FROM total AS t
    INNER JOIN quarters AS q ON t.period = q.period
    WHERE (t.kind = 'oficial' AND t.in_force) OR (t.kind = 'calculo' AND (t.computed_at >= q.ends_at OR t.is_current))
    ORDER BY t.indicator ASC, t.period ASC, (t.kind = 'oficial') DESC, t.version ASC
),

chained AS (
    SELECT
        c.indicator,
        c.period,
        c.attribution_rule,
        q.previous_period,
        c.value,
        c.late,
        c.added,
        c.adjustment,
        c.accumulated,
        s.vintage AS previous_vintage,
        CASE WHEN q.previous_period IS NULL THEN 0 ELSE s.value END AS previous_value,
        CASE WHEN q.previous_period IS NULL THEN 0 ELSE b.value END AS previous_now,
        CASE
            WHEN c.measure NOT IN ('count', 'persons', 'new_persons', 'sum') THEN 'no_aditivo'
            WHEN c.span <> 'cumulative' THEN 'del_periodo'
        END AS kept_apart
    FROM total AS c
    INNER JOIN quarters AS q ON c.period = q.period
    LEFT JOIN total AS b ON c.indicator = b.indicator AND q.previous_period = b.period AND b.is_current
    LEFT JOIN said AS s ON c.indicator = s.indicator AND q.previous_period = s.period
    WHERE c.is_current
),

added AS (
    SELECT
        c.*,
        CASE
            WHEN c.kept_apart IS NULL THEN coalesce(c.added, c.value - c.previous_now)
            WHEN c.kept_apart = 'del_periodo' THEN c.value
        END AS new_here
    FROM chained AS c
)

SELECT
    a.indicator,
    a.period,
    a.attribution_rule,
    a.previous_period,
    CASE WHEN a.previous_period IS NOT NULL OR a.kept_apart IS NULL THEN a.previous_value END AS previous_value,
    a.previous_vintage,
    a.new_here AS added,
    a.late,
    a.adjustment,
    a.accumulated,
    CASE
        WHEN a.kept_apart = 'no_aditivo' OR (a.kept_apart IS NOT NULL AND a.previous_period IS NULL) THEN NULL
        WHEN a.kept_apart = 'del_periodo' THEN a.previous_now - a.previous_value
        ELSE a.value - a.previous_value - a.new_here
    END AS corrected,
    a.value,
    coalesce(
        a.kept_apart,
        CASE WHEN a.value IS NULL OR a.new_here IS NULL OR a.previous_value IS NULL THEN 'sin_dato' END
    ) AS obs_note
FROM added AS a
