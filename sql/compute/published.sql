-- Published: what was officially counted and in which quarter, once a thing and person of today.
-- Inputs: the sets of the vintages in force (:base_sets, :base_periods), asof.person_link.
SELECT
    e.thing,
    coalesce(k.person_key, e.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid)) AS person_key,
    min(e.period) AS period
FROM results.evidence AS e
INNER JOIN unnest(CAST(:base_sets AS bigint[]), CAST(:base_periods AS text[])) AS b (set_id, period)
    ON e.set_id = b.set_id AND e.period = b.period
LEFT JOIN asof.person_link AS k ON e.account_key = k.account_key AND e.source = k.source
WHERE e.excluded IS NULL
GROUP BY e.thing, coalesce(k.person_key, e.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
