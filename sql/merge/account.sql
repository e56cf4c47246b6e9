-- account: one row per account of a source, pseudonymous. Figures are broken down by what people type here, so that it
-- becomes a key: of a text that somebody pasted, or that a broken quote swallowed, the beginning is kept.
-- Inputs: good.account.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.kind,
    s.sex,
    left(s.institution, 200) AS institution,
    left(s.state, 200) AS state,
    left(s.order_of_government, 200) AS order_of_government,
    left(s.organisation_type, 200) AS organisation_type
FROM good.account AS s
