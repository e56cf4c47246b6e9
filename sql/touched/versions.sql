-- Versions: those of a table that belong to the people touched and held at the old pins or later.
-- Inputs: a versioned table, the accounts or persons touched.
SELECT v.*
FROM __people__ AS t
INNER JOIN __versions__ AS v ON t.__key__ = v.__key__
WHERE v.valid_to = 'infinity'
UNION ALL
SELECT v.*
FROM __people__ AS t
INNER JOIN __versions__ AS v ON t.__key__ = v.__key__
WHERE v.valid_to > :earliest AND v.valid_to < 'infinity'
