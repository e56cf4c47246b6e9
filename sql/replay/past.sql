-- What was made anew and ended by :at is left out: the kept versions say what was known then. Inputs: the target.
DELETE FROM __target__ AS c
WHERE c.source = :source AND c.valid_to <= :at
