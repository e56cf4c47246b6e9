-- invitation: one row per account and survey or edition it was invited to; delivered where the source says so, else
-- where it gives the date. Inputs: good.invitation.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.target_kind,
    s.target,
    coalesce(s.delivered = 'true', s.sent_at IS NOT NULL) AS delivered,
    CAST(s.sent_at AS timestamptz) AS sent_at,
    CAST(s.completed_at AS timestamptz) AS completed_at
FROM good.invitation AS s
