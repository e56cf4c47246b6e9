-- Nothing published: attributed rows, in place of published.sql where no quarter is closed. A join with what is empty
-- would cost all the same: what it joins by is worked out for every row. Inputs: sql/compute/attributed.sql.
SELECT
    a.*,
    CAST(NULL AS text) AS published_in,
    CAST(NULL AS text) AS opens
FROM (
    __attributed__
) AS a
