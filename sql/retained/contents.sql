-- What staged rows say: one row each. Inputs: staging.<entity>.
SELECT
    s.staged_id,
    __contenthash__ AS row_hash
FROM __staged__ AS s
WHERE s.batch_id = :batch_id AND s.staged_id = ANY(:staged_ids)
