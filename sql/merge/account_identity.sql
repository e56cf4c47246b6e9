-- account_identity: one row per account with its identifiers (personal data), their letters in capitals: sources write
-- an RFC either way. Inputs: good.account_identity.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.local_id,
    s.full_name,
    s.email,
    nullif(upper(regexp_replace(s.legal_id, '\s', '', 'g')), '') AS legal_id,
    nullif(upper(btrim(s.employee_id)), '') AS employee_id,
    CASE WHEN s.email ~ '^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$' THEN lower(btrim(s.email)) END AS email_normalised
FROM good.account_identity AS s
