-- Close the persons that changed or have no account left. Inputs: touched, people.
UPDATE warehouse.person AS c
SET valid_to = :at
FROM touched AS t
LEFT JOIN people AS p ON t.person_key = p.person_key
WHERE
    c.valid_to = 'infinity'
    AND c.person_key = t.person_key
    AND (p.person_key IS NULL OR c.row_hash <> p.row_hash)
