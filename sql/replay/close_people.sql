-- Close the persons without any account left. Inputs: current.person_link.
WITH alive AS MATERIALIZED (
    SELECT DISTINCT k.person_key FROM current.person_link AS k
)

UPDATE warehouse.person AS c
SET valid_to = :at
WHERE
    c.valid_to = 'infinity'
    AND c.person_key NOT IN (SELECT a.person_key FROM alive AS a)
