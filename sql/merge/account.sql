-- account: one row per account of a source, pseudonymous. Inputs: good.account.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.kind,
    s.sex,
    s.institution,
    s.state,
    s.order_of_government,
    s.organisation_type
FROM good.account AS s
