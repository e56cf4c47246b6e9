-- account_identity: one row per account with its identifiers (personal data), their letters in capitals: sources write
-- an RFC either way. What is longer than any address or number (somebody pasted a text) identifies nobody, and no index
-- could hold it. Inputs: good.account_identity.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.local_id,
    s.full_name,
    s.email,
    CASE
        WHEN octet_length(s.legal_id) <= 640 THEN nullif(upper(regexp_replace(s.legal_id, '\s', '', 'g')), '')
    END AS legal_id,
    CASE WHEN octet_length(s.employee_id) <= 640 THEN nullif(upper(btrim(s.employee_id)), '') END AS employee_id,
    CASE
        WHEN octet_length(s.email) <= 640 AND s.email ~ '^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$' THEN lower(btrim(s.email))
    END AS email_normalised
FROM good.account_identity AS s
