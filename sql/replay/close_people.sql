-- Close the persons without any account left. Inputs: current.person_link.
UPDATE warehouse.person AS c
SET valid_to = :at
WHERE
    c.valid_to = 'infinity'
    AND NOT EXISTS (
        SELECT 1 FROM current.person_link AS k
        WHERE k.person_key = c.person_key
    )
