-- Kept YAML files of the project that hold an identifier (:telling, a pattern; its first group stands before it): the
-- words go, the rest of the file stays. Inputs: restricted.contract.
UPDATE restricted.contract AS c
SET files = m.files
FROM (
    SELECT
        o.digest,
        (
            SELECT
                jsonb_object_agg(
                    f.key, regexp_replace(f.value, CAST(:telling AS text), '\1' || CAST(:erased AS text), 'gi')
                )
            FROM jsonb_each_text(o.files) AS f
        ) AS files
    FROM restricted.contract AS o
    WHERE
        EXISTS (
            SELECT 1 FROM jsonb_each_text(o.files) AS f
            WHERE f.value ~* :telling
        )
) AS m
WHERE c.digest = m.digest
