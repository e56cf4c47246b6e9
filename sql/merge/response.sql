-- response: one row per submission of a survey. Inputs: good.response.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.survey,
    s.response_id,
    (s.complete = 'true') AS complete,
    CAST(s.submitted_at AS timestamptz) AS submitted_at,
    CAST(s.started_at AS timestamptz) AS started_at,
    s.language,
    s.sex
FROM good.response AS s
