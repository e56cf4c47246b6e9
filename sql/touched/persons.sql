-- Persons: of the accounts found those they belong to, at the old pins or the new ones, and those of whom something was
-- found. An account without a link is a person by itself. Grain: one row per person.
-- Inputs: the accounts and persons found, the history of person_link.
SELECT f.account_key AS person_key
FROM __found__ AS f
WHERE f.account_key IS NOT NULL
UNION
SELECT k.person_key
FROM __found__ AS f
INNER JOIN warehouse.person_link AS k ON f.account_key = k.account_key
WHERE k.valid_to = 'infinity' AND k.valid_from <= :identity_at
UNION
SELECT k.person_key
FROM __found__ AS f
INNER JOIN warehouse.person_link AS k ON f.account_key = k.account_key
WHERE
    k.valid_to > :identity_since
    AND k.valid_to < 'infinity'
    AND (k.valid_from <= :identity_since OR (k.valid_from <= :identity_at AND k.valid_to > :identity_at))
