-- period: one row per quarter of the framework; borders are local midnights. Inputs: good.period.
SELECT
    s.staged_id,
    s.record_no,
    s.period,
    CAST(s.ordinal AS integer) AS ordinal,
    CAST(s.starts_on AS date) AS starts_on,
    CAST(s.ends_on AS date) AS ends_on,
    CAST(s.starts_on AS timestamp) AT TIME ZONE s.timezone AS starts_at,
    (CAST(s.ends_on AS timestamp) + interval '1 day') AT TIME ZONE s.timezone AS ends_at,
    s.fiscal_year,
    s.fy_period
FROM good.period AS s
