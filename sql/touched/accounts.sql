-- Accounts: all of the persons touched, and those found. A link that ended since is of an account that was found.
-- Grain: one row per account. Inputs: the accounts found, the persons, the history of person_link.
SELECT f.account_key
FROM __found__ AS f
WHERE f.account_key IS NOT NULL
UNION
SELECT k.account_key
FROM __persons__ AS p
INNER JOIN warehouse.person_link AS k ON p.person_key = k.person_key
WHERE k.valid_to = 'infinity'
UNION
SELECT k.account_key
FROM __persons__ AS p
INNER JOIN warehouse.person_link AS k ON p.person_key = k.person_key
WHERE k.valid_to > :earliest AND k.valid_to < 'infinity'
