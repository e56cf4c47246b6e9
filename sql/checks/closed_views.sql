-- Views and materialised views that an analyst may read and that stand on a closed schema, directly or through other
-- views: one row per view and relation behind it. Inputs: PostgreSQL's catalogue.
WITH RECURSIVE behind AS (
    SELECT
        w.ev_class AS view_oid,
        d.refobjid AS relation_oid
    FROM pg_catalog.pg_rewrite AS w
    INNER JOIN pg_catalog.pg_depend AS d
        ON
            w.oid = d.objid
            AND d.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
            AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass)
            AND w.ev_class <> d.refobjid
),

reached AS (
    SELECT
        b.view_oid,
        b.relation_oid
    FROM behind AS b
    UNION
    SELECT
        r.view_oid,
        b.relation_oid
    FROM reached AS r
    INNER JOIN behind AS b ON r.relation_oid = b.view_oid
)

SELECT DISTINCT
    vn.nspname || '.' || v.relname AS view_name,
    tn.nspname || '.' || t.relname AS relation_name
FROM reached AS r
INNER JOIN pg_catalog.pg_class AS v ON r.view_oid = v.oid
INNER JOIN pg_catalog.pg_namespace AS vn ON v.relnamespace = vn.oid
INNER JOIN pg_catalog.pg_class AS t ON r.relation_oid = t.oid
INNER JOIN pg_catalog.pg_namespace AS tn ON t.relnamespace = tn.oid
WHERE vn.nspname = ANY(:open) AND tn.nspname = ANY(:closed)
ORDER BY view_name, relation_name
