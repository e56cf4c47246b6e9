-- state: one row per state of the framework. Inputs: good.state.
SELECT
    s.staged_id,
    s.record_no,
    s.state,
    s.name,
    s.short_name
FROM good.state AS s
