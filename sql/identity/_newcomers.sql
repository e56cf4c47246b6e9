-- Newcomers who stand alone (see newcomers.sql): one row per account. Inputs: seed, affected.
SELECT
    s.account_key,
    s.source,
    s.sex,
    s.institution,
    s.state,
    s.order_of_government
FROM seed AS s
LEFT JOIN affected AS a ON s.account_key = a.account_key
WHERE a.account_key IS NULL
