-- Tables and views of our schemas, or columns of them, without a comment: one row per name.
-- Inputs: PostgreSQL's catalogue.
SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '') AS name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
INNER JOIN (
    SELECT
        t.oid AS relation_oid,
        CAST(NULL AS name) AS attname,
        0 AS attnum
    FROM pg_catalog.pg_class AS t
    UNION ALL
    SELECT
        f.attrelid AS relation_oid,
        f.attname,
        f.attnum
    FROM pg_catalog.pg_attribute AS f
    WHERE f.attnum > 0 AND NOT f.attisdropped
) AS a ON c.oid = a.relation_oid
LEFT JOIN pg_catalog.pg_description AS d
    ON c.oid = d.objoid AND a.attnum = d.objsubid AND d.classoid = CAST('pg_catalog.pg_class' AS regclass)
WHERE
    c.relkind IN ('r', 'p', 'v', 'm')
    AND n.nspname = ANY(:schemas)
    AND c.relname <> 'schema_version'
    AND coalesce(btrim(d.description), '') = ''
ORDER BY name
