-- Accounts: those found, and all that belong to the persons touched at the old pins or the new ones: no others, or
-- their own persons would have to be touched, too. Grain: one row per account.
-- Inputs: the accounts found, the persons, the history of person_link.
SELECT f.account_key
FROM __found__ AS f
WHERE f.account_key IS NOT NULL
UNION
SELECT k.account_key
FROM __persons__ AS p
INNER JOIN warehouse.person_link AS k ON p.person_key = k.person_key
WHERE k.valid_to = 'infinity' AND k.valid_from <= :identity_at
UNION
SELECT k.account_key
FROM __persons__ AS p
INNER JOIN warehouse.person_link AS k ON p.person_key = k.person_key
WHERE
    k.valid_to > :identity_since
    AND k.valid_to < 'infinity'
    AND (k.valid_from <= :identity_since OR (k.valid_from <= :identity_at AND k.valid_to > :identity_at))
