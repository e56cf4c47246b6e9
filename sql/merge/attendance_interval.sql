-- attendance_interval: one row per account, event and interval of presence. Inputs: good.attendance_interval.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.event,
    CAST(s.joined_at AS timestamptz) AS joined_at,
    CAST(s.left_at AS timestamptz) AS left_at,
    CAST(s.seconds AS numeric) AS seconds
FROM good.attendance_interval AS s
