-- attendance: one row per account and event, registered at its earliest time on the list. Inputs: good.attendance.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.event,
    min(CAST(s.registered_at AS timestamptz)) OVER (PARTITION BY s.account_key, s.event) AS registered_at,
    s.organisation_type,
    s.institution
FROM good.attendance AS s
