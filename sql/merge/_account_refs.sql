-- What the account keys of a batch are made of, once per account; erased accounts have none, and who is out of scope is
-- not kept. Only what is said of accounts that are not known yet is compared with what is left of erased ones.
-- Inputs: __staged__ = rows of staging.<entity>, restricted.account_ref.
INSERT INTO restricted.account_ref (account_key, source, account_ref)
SELECT
    n.account_key,
    :source,
    n.account_ref
FROM (
    SELECT
        s.account_key,
        min(s.account_ref) FILTER (
            WHERE NOT starts_with(s.account_ref, CAST(:erased AS text))
            OR s.account_ref <> CAST(:erased AS text) || ' ' || CAST(s.account_key AS text)
        ) AS account_ref
    FROM __staged__ AS s
    LEFT JOIN restricted.account_ref AS k ON s.account_key = k.account_key
    WHERE s.batch_id = :batch_id AND s.out_of_scope IS NULL AND k.account_key IS NULL
    GROUP BY s.account_key
) AS n
WHERE n.account_key IS NOT NULL AND n.account_ref IS NOT NULL
ORDER BY n.account_key
