-- What the account keys of a batch are made of, once per account; erased accounts have none, and who is out of scope is
-- not kept. Inputs: staging.<entity>, restricted.account_ref.
INSERT INTO restricted.account_ref (account_key, source, account_ref)
SELECT
    n.account_key,
    :source,
    min(n.account_ref) AS account_ref
FROM (
    SELECT
        s.account_key,
        s.account_ref
    FROM __staged__ AS s
    LEFT JOIN restricted.account_ref AS k ON s.account_key = k.account_key
    WHERE
        s.batch_id = :batch_id
        AND s.out_of_scope IS NULL
        AND s.account_ref <> CAST(:erased AS text) || ' ' || CAST(s.account_key AS text)
        AND k.account_key IS NULL
) AS n
WHERE n.account_key IS NOT NULL
GROUP BY n.account_key
ORDER BY n.account_key
