-- indicator: one row per indicator definition of the framework. Inputs: good.indicator.
SELECT
    s.staged_id,
    s.record_no,
    s.indicator,
    CAST(s.version AS integer) AS version,
    CAST(s.definition AS jsonb) AS definition
FROM good.indicator AS s
