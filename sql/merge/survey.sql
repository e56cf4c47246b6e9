-- survey: one row per survey of the framework; it closes at a local midnight. Inputs: good.survey.
SELECT
    s.staged_id,
    s.record_no,
    s.survey,
    s.name,
    s.edition,
    s.event,
    CAST(s.closes_on AS date) AS closes_on,
    (CAST(s.closes_on AS timestamp) + interval '1 day') AT TIME ZONE s.timezone AS closes_at,
    s.reached_by,
    s.repeated
FROM good.survey AS s
