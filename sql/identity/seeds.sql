-- Seeds: accounts whose identifiers or attributes this batch touched, and those that shared an e-mail which one of them
-- gave up (it may be carried by few enough accounts now); all of them when the identity contract changed.
-- Inputs: warehouse.account, restricted.account_identity.
CREATE TEMPORARY TABLE affected ON COMMIT DROP AS
SELECT
    t.account_key,
    0 AS pass
FROM restricted.account_identity AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
UNION
SELECT
    t.account_key,
    0 AS pass
FROM warehouse.account AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
UNION
SELECT
    o.account_key,
    0 AS pass
FROM (
    SELECT DISTINCT t.email_normalised FROM restricted.account_identity AS t
    WHERE t.valid_to = :at AND t.email_normalised IS NOT NULL
) AS e
INNER JOIN current.account_identity AS o ON e.email_normalised = o.email_normalised
WHERE 'email' = ANY(CAST(:kinds AS text[]))
-- and as with an e-mail, so with a legal or an employee id
UNION
SELECT
    o.account_key,
    0 AS pass
FROM (
    SELECT DISTINCT t.legal_id FROM restricted.account_identity AS t
    WHERE t.valid_to = :at AND t.legal_id IS NOT NULL
) AS e
INNER JOIN current.account_identity AS o ON e.legal_id = o.legal_id
WHERE 'legal_id' = ANY(CAST(:kinds AS text[]))
UNION
SELECT
    o.account_key,
    0 AS pass
FROM (
    SELECT DISTINCT t.employee_id FROM restricted.account_identity AS t
    WHERE t.valid_to = :at AND t.employee_id IS NOT NULL
) AS e
INNER JOIN current.account_identity AS o ON e.employee_id = o.employee_id
WHERE 'employee_id' = ANY(CAST(:kinds AS text[]))
