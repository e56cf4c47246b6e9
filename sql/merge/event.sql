-- event: one row per event of the framework; its scheduled hours are local times with their zone. Inputs: good.event.
SELECT
    s.staged_id,
    s.record_no,
    s.event,
    s.name,
    CAST(s.held_on AS date) AS held_on,
    s.line,
    CAST(s.starts_at AS timestamptz) AS starts_at,
    CAST(s.ends_at AS timestamptz) AS ends_at,
    CAST(s.minimum_percent AS numeric) AS minimum_percent
FROM good.event AS s
