-- response: one row per submission of a survey; a date before 2000 is no instant. Inputs: good.response.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.survey,
    s.response_id,
    (s.complete = 'true') AS complete,
    CASE WHEN CAST(s.submitted_at AS timestamptz) >= '2000-01-01' THEN CAST(s.submitted_at AS timestamptz) END
        AS submitted_at,
    CASE WHEN CAST(s.started_at AS timestamptz) >= '2000-01-01' THEN CAST(s.started_at AS timestamptz) END
        AS started_at,
    s.language,
    s.sex
FROM good.response AS s
