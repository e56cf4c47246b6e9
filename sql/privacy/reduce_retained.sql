-- Retained rows of erased accounts keep their natural key and nothing else: what failed may be anything, a name in the
-- cell of a date included. One source. Inputs: quarantine.row, restricted.tombstone.
UPDATE quarantine.row AS q
SET fields = r.fields
FROM (
    SELECT
        o.retained_id,
        (
            SELECT
                jsonb_object_agg(
                    f.key,
                    CASE
                        WHEN f.key = 'account_ref'
                            THEN to_jsonb(CAST(:erased AS text) || ' ' || (o.fields ->> 'account_key'))
                        WHEN f.key = ANY(CAST(:kept AS text[])) THEN f.value
                        ELSE CAST('null' AS jsonb)
                    END
                )
            FROM jsonb_each(o.fields) AS f
        ) AS fields
    FROM quarantine.row AS o
    INNER JOIN restricted.tombstone AS t
        ON o.source = t.source AND o.fields ->> 'account_key' = CAST(t.account_key AS text)
    WHERE
        o.source = :source
        AND o.entity = :entity
        AND (o.last_batch_id = :batch_id OR CAST(:batch_id AS bigint) IS NULL)
) AS r
WHERE q.retained_id = r.retained_id AND q.fields <> r.fields
