-- Linked: the accounts found and what person_link joins them to, at the old pins or the new ones: the persons of
-- accounts (one without a link is a person by itself), or the accounts of persons: no others, or their own persons
-- would have to be touched, too. Grain: one row per account or person.
-- Inputs: the accounts found, the accounts or persons to begin from, the history of person_link.
SELECT f.account_key AS __wanted__
FROM __found__ AS f
WHERE f.account_key IS NOT NULL
UNION
SELECT k.__wanted__
FROM __begin__ AS b
INNER JOIN warehouse.person_link AS k ON b.__known__ = k.__known__
WHERE k.valid_to = 'infinity' AND k.valid_from <= :identity_at
UNION
SELECT k.__wanted__
FROM __begin__ AS b
INNER JOIN warehouse.person_link AS k ON b.__known__ = k.__known__
WHERE
    k.valid_to > :identity_since
    AND k.valid_to < 'infinity'
    AND (k.valid_from <= :identity_since OR (k.valid_from <= :identity_at AND k.valid_to > :identity_at))
-- Neighbours are looked up together, since they are neighbours in the indexes, too.
ORDER BY __wanted__
