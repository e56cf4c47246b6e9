-- Close the persons that changed or have no account left. Inputs: closing.
WITH t AS MATERIALIZED (
    SELECT k.person_key FROM closing AS k
)

UPDATE warehouse.person AS c
SET valid_to = :at
FROM t
WHERE c.valid_to = 'infinity' AND c.source = 'identity' AND c.person_key = t.person_key
