-- Linked: attributed rows with their persons; an account without a link is a person by itself, so
-- that links that say just that are not looked up.
-- Inputs: sql/compute/attributed.sql, asof.person_link.
SELECT
    t.*,
    coalesce(k.person_key, t.account_key) AS person_key
FROM (
    __attributed__
) AS t
LEFT JOIN asof.person_link AS k
    ON t.account_key = k.account_key AND t.source = k.source AND k.person_key <> k.account_key
