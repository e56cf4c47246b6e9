-- invitation: one row per account and survey or edition it was invited to. Inputs: good.invitation.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.target_kind,
    s.target,
    CAST(s.sent_at AS timestamptz) AS sent_at,
    CAST(s.completed_at AS timestamptz) AS completed_at
FROM good.invitation AS s
