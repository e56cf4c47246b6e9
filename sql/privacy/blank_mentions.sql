-- Values of retained rows, whosever they are, that hold an identifier: the value goes, the rest of the row stays.
-- Inputs: quarantine.row.
UPDATE quarantine.row AS q
SET fields = m.fields
FROM (
    SELECT
        o.retained_id,
        (
            SELECT
                jsonb_object_agg(
                    f.key,
                    CASE
                        WHEN
                            EXISTS (
                                SELECT 1 FROM unnest(CAST(:identifiers AS text[])) AS i (identifier)
                                WHERE lower(f.value #>> CAST('{}' AS text[])) ~ i.identifier
                            )
                            THEN to_jsonb(CAST(:erased AS text))
                        ELSE f.value
                    END
                )
            FROM jsonb_each(o.fields) AS f
        ) AS fields
    FROM quarantine.row AS o
    WHERE
        EXISTS (
            SELECT 1 FROM unnest(CAST(:identifiers AS text[])) AS i (identifier)
            WHERE lower(CAST(o.fields AS text)) ~ i.identifier
        )
) AS m
WHERE q.retained_id = m.retained_id
