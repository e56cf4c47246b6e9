-- Erased persons as they were linked at an instant (:at): one row per person of several accounts with an erased one.
-- Inputs: warehouse.person_link, restricted.tombstone.
SELECT jsonb_agg(CAST(k.account_key AS text) ORDER BY k.account_key) AS accounts
FROM warehouse.person_link AS k
WHERE
    k.valid_from <= :at
    AND k.valid_to > :at
    AND k.person_key IN (
        SELECT p.person_key
        FROM warehouse.person_link AS p
        INNER JOIN restricted.tombstone AS t ON p.account_key = t.account_key
        WHERE p.valid_from <= :at AND p.valid_to > :at
    )
GROUP BY k.person_key
HAVING count(*) > 1
