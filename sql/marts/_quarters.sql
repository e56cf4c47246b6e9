-- The quarters of the project: one row per quarter, with the donor's.
-- Inputs: asof.period.
SELECT
    q.period,
    q.ordinal,
    q.ends_at,
    q.fiscal_year,
    q.fy_period,
    lag(q.period) OVER (ORDER BY q.ordinal) AS previous_period
FROM asof.period AS q
WHERE q.vanished_at IS NULL
