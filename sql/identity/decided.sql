-- Decisions link as identifiers do, by their own numbers: one row per decision and account that there is.
-- Inputs: decided, label.
INSERT INTO identifier (account_key, kind, shared, apart, links, pass)
SELECT
    d.account_key,
    d.kind,
    -CAST(d.value AS bigint) AS shared,
    coalesce(CAST(nullif(d.within, '') AS bigint), 0) AS apart,
    TRUE,
    0
FROM decided AS d
INNER JOIN label AS l ON d.account_key = l.account_key
