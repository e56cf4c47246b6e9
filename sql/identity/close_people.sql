-- Close the persons that changed or have no account left. Inputs: closing.
UPDATE warehouse.person AS c
SET valid_to = :at
FROM closing AS t
WHERE c.valid_to = 'infinity' AND c.source = 'identity' AND c.person_key = t.person_key
