-- event: one row per event of the framework. Inputs: good.event.
SELECT
    s.staged_id,
    s.record_no,
    s.event,
    s.name,
    CAST(s.held_on AS date) AS held_on,
    s.line
FROM good.event AS s
