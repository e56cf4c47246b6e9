-- reported_value: one row per typed figure (indicator, quarter, breakdown, category). Inputs: good.reported_value.
SELECT
    s.staged_id,
    s.record_no,
    s.indicator,
    s.period,
    coalesce(s.disaggregation, 'total') AS disaggregation,
    coalesce(s.category, 'total') AS category,
    CAST(s.value AS numeric) AS value,
    CAST(s.reported_on AS date) AS reported_on,
    s.verification
FROM good.reported_value AS s
