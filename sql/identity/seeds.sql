-- Seeds: accounts whose identifiers or attributes this batch touched, and those that a decision names (:accounts); all
-- of them when the identity contract or the names of institutions changed. One row per account, with all that is asked
-- of it later, so that it is read once: its source (null = it is not there any more), its identifiers, what it says of
-- its person, and its present link.
-- Inputs: warehouse.account, restricted.account_identity, current.person_link.
CREATE TEMPORARY TABLE affected ON COMMIT DROP AS
WITH seed AS (
    SELECT t.account_key
    FROM restricted.account_identity AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
    UNION
    SELECT t.account_key
    FROM warehouse.account AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
    UNION
    SELECT d.account_key
    FROM unnest(CAST(:accounts AS uuid[])) AS d (account_key)
)

SELECT
    s.account_key,
    coalesce(i.source, c.source) AS source,
    i.legal_id,
    i.employee_id,
    i.email_normalised,
    c.sex,
    c.institution,
    c.state,
    c.order_of_government,
    k.person_key,
    k.reason,
    0 AS pass
FROM seed AS s
LEFT JOIN current.account_identity AS i ON s.account_key = i.account_key
LEFT JOIN current.account AS c ON s.account_key = c.account_key
LEFT JOIN current.person_link AS k ON s.account_key = k.account_key
