-- Versions: those of a table that belong to the people touched and held at the old pins or later; of persons the source
-- is named as well, with which their keys begin. Inputs: a versioned table, the accounts or persons touched.
SELECT v.*
FROM __people__ AS t
INNER JOIN __versions__ AS v ON t.__key__ = v.__key__
WHERE v.source = __source__ AND v.valid_to > :earliest
