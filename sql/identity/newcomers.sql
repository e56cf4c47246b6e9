-- Newcomers who stand alone: seeds that share no identifier and no decision with anybody, and were nobody's before.
-- Each is a person of its own, written without looking for others. One row per account, with what it says of itself.
-- Inputs: affected, identifier, decided, and the current account, account_identity, person_link and person.
CREATE TEMPORARY TABLE newcomer ON COMMIT DROP AS
WITH alone AS MATERIALIZED (
    SELECT a.account_key FROM affected AS a
    EXCEPT
    SELECT i.account_key FROM identifier AS i
    EXCEPT
    SELECT d.account_key FROM decided AS d
)

SELECT
    a.account_key,
    coalesce(c.source, i.source) AS source,
    c.sex,
    c.institution,
    c.state,
    c.order_of_government
FROM alone AS a
LEFT JOIN current.account AS c ON a.account_key = c.account_key
LEFT JOIN current.account_identity AS i ON a.account_key = i.account_key
LEFT JOIN current.person_link AS k ON a.account_key = k.account_key
LEFT JOIN current.person AS p ON p.source = 'identity' AND a.account_key = p.person_key
WHERE (c.account_key IS NOT NULL OR i.account_key IS NOT NULL) AND k.account_key IS NULL AND p.person_key IS NULL
