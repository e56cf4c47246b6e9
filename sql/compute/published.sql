-- Published: attributed rows with the quarter in which a vintage counted them (once a thing and person of today) and,
-- where their own is closed, the next open one.
-- Inputs: sql/compute/attributed.sql; the sets of the vintages in force (:base_sets, :base_periods), closed quarters
-- (:closed) with the next open one (:opens); asof.person_link.
SELECT
    a.*,
    p.period AS published_in,
    o.opens
FROM (
    __attributed__
) AS a
LEFT JOIN (
    SELECT
        e.thing,
        coalesce(k.person_key, e.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid)) AS person_key,
        min(e.period) AS period
    FROM results.evidence AS e
    INNER JOIN unnest(CAST(:base_sets AS bigint[]), CAST(:base_periods AS text[])) AS b (set_id, period)
        ON e.set_id = b.set_id AND e.period = b.period
    LEFT JOIN asof.person_link AS k
        ON e.account_key = k.account_key AND e.source = k.source AND k.person_key <> k.account_key
    WHERE e.excluded IS NULL
    GROUP BY e.thing, coalesce(k.person_key, e.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
) AS p
    ON
        a.thing = p.thing
        AND coalesce(a.person_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid)) = p.person_key
LEFT JOIN unnest(CAST(:closed AS text[]), CAST(:opens AS text[])) AS o (closed, opens) ON a.period = o.closed
