-- Seeds of which the batch did not write both halves, those of which it closed something without writing it anew, and
-- those that a decision names (:accounts): one row per account, as seeds.sql has them; source null = it is not there
-- any more. Inputs: affected, warehouse.account, restricted.account_identity, current.person_link.
INSERT INTO affected (
    account_key, source, legal_id, employee_id, email_normalised, sex, institution, state, order_of_government,
    person_key, reason, pass, lacking
)
WITH seed AS (
    SELECT a.account_key FROM affected AS a
    WHERE a.lacking
    UNION
    SELECT t.account_key FROM restricted.account_identity AS t
    WHERE t.valid_to = :at
    UNION
    SELECT t.account_key FROM warehouse.account AS t
    WHERE t.valid_to = :at
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
    0 AS pass,
    FALSE AS lacking
FROM (
    SELECT w.account_key
    FROM seed AS w
    LEFT JOIN affected AS a ON w.account_key = a.account_key AND NOT a.lacking
    WHERE a.account_key IS NULL
) AS s
LEFT JOIN current.account_identity AS i ON s.account_key = i.account_key
LEFT JOIN current.account AS c ON s.account_key = c.account_key
LEFT JOIN current.person_link AS k ON s.account_key = k.account_key
