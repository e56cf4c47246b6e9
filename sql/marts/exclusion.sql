-- One row per indicator, quarter, attribution rule, source and reason, with the reason as a sentence.
-- Inputs: left_out (the rows of sql/marts/_excluded.sql for every indicator in force and line).
SELECT
    x.indicator,
    x.period,
    x.attribution_rule,
    x.source,
    x.reason,
    x.official,
    x.rows,
    coalesce(CAST(:reasons AS jsonb) ->> x.reason, x.reason) AS reason_text,
    x.value,
    x.value_if_counted
FROM left_out AS x
