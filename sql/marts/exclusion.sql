-- One row per indicator, quarter, attribution rule, source and reason, with the reason as a sentence. The value is that
-- of today's figures; what it would be is told only where the rows that are left make that very value.
-- Inputs: left_out (the rows of sql/marts/_excluded.sql for every indicator in force and line), versions; the values of
-- results.
SELECT
    x.indicator,
    x.period,
    x.attribution_rule,
    x.source,
    x.reason,
    x.official,
    x.rows,
    coalesce(CAST(:reasons AS jsonb) ->> x.reason, x.reason) AS reason_text,
    v.value,
    CASE WHEN v.value = x.value OR (v.value IS NULL AND x.value IS NULL) THEN x.value_if_counted END AS value_if_counted
FROM left_out AS x
LEFT JOIN versions AS s ON x.period = s.period AND s.current
LEFT JOIN results.indicator_value AS v
    ON
        s.computation_id = v.computation_id
        AND x.indicator = v.indicator
        AND x.attribution_rule = v.attribution
        AND v.disaggregation = 'total'
