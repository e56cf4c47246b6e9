-- Close the persons that changed or have no account left. Inputs: touched, people.
WITH t AS MATERIALIZED (
    SELECT k.person_key
    FROM touched AS k
    LEFT JOIN people AS p ON k.person_key = p.person_key
    WHERE p.person_key IS NULL OR p.known_hash <> p.row_hash
)

UPDATE warehouse.person AS c
SET valid_to = :at
FROM t
WHERE c.valid_to = 'infinity' AND c.source = 'identity' AND c.person_key = t.person_key
