-- Found: of one table the accounts with a version that began or ended between two pins, by the sources that moved and
-- pieces of the time between (:moved, :since, :before); of a table without accounts one row at most.
-- Grain: one row per account. Inputs: a versioned table.
SELECT
    CAST(:table AS text) AS moved,
    __account__ AS account_key
FROM __versions__ AS v
INNER JOIN
    unnest(
        CAST(:moved AS text[]), CAST(:since AS timestamptz[]), CAST(:before AS timestamptz[])
    ) AS p (source, since, before)
    ON __source__ = p.source
WHERE v.valid_from > p.since AND v.valid_from < p.before
UNION
SELECT
    CAST(:table AS text) AS moved,
    __account__ AS account_key
FROM __versions__ AS v
INNER JOIN
    unnest(
        CAST(:moved AS text[]), CAST(:since AS timestamptz[]), CAST(:before AS timestamptz[])
    ) AS p (source, since, before)
    ON __source__ = p.source
WHERE v.valid_to < 'infinity' AND v.valid_to > p.since AND v.valid_to < p.before
