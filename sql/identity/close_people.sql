-- Close the persons that changed or have no account left. Inputs: touched, people.
WITH t AS MATERIALIZED (
    SELECT
        k.person_key,
        p.row_hash
    FROM touched AS k
    LEFT JOIN people AS p ON k.person_key = p.person_key
)

UPDATE warehouse.person AS c
SET valid_to = :at
FROM t
WHERE
    c.valid_to = 'infinity'
    AND c.person_key = t.person_key
    AND (t.row_hash IS NULL OR c.row_hash <> t.row_hash)
