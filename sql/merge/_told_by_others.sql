-- What all entities but the first say of accounts that the first does not tell of, in rows of staging.<entity>.
-- Inputs: __others__, __first__ = rows of staging.<entity>.
SELECT o.*
FROM __others__ AS o
LEFT JOIN (
    SELECT
        f.account_key,
        f.account_ref
    FROM __first__ AS f
    WHERE
        f.batch_id = :batch_id
        AND f.out_of_scope IS NULL
        AND NOT starts_with(f.account_ref, CAST(:erased AS text))
) AS f
    ON o.account_key = f.account_key
WHERE o.batch_id = :batch_id AND o.out_of_scope IS NULL AND f.account_ref IS NULL
