-- Who is no newcomer that stands alone: seeds that share an identifier or a decision with somebody, that were linked or
-- a person before, or that are not there. All others are persons of their own, written without looking for others.
-- Inputs: affected, identifier, decided, current.person.
CREATE TEMPORARY TABLE involved ON COMMIT DROP AS
SELECT a.account_key
FROM identifier AS i
INNER JOIN affected AS a ON i.account_key = a.account_key
UNION
SELECT a.account_key
FROM decided AS d
INNER JOIN affected AS a ON d.account_key = a.account_key
UNION
SELECT a.account_key FROM affected AS a
WHERE a.person_key IS NOT NULL OR a.source IS NULL
UNION
-- where nobody is left by then, persons are not read
SELECT p.person_key
FROM affected AS a
LEFT JOIN identifier AS i ON a.account_key = i.account_key
INNER JOIN current.person AS p ON p.source = 'identity' AND a.account_key = p.person_key
WHERE a.person_key IS NULL AND i.account_key IS NULL
