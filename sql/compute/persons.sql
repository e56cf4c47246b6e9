-- Persons: how many distinct persons were counted in exactly which quarters, per breakdown and category: one bit a
-- quarter (:masks of :labels), so that the distinct persons of any span, and those reached for the first time in it,
-- are sums over these rows. Inputs: placed rows.
SELECT
    p.disaggregation,
    p.category,
    CAST(p.quarters AS text) AS quarters,
    count(*) AS persons
FROM (
    SELECT
        b.disaggregation,
        b.category,
        f.person_key,
        bit_or(q.mask) AS quarters
    FROM (
        SELECT DISTINCT
            __dimensions__,
            (e.account_key IS NULL AND e.hit IS FALSE) AS part,
            e.person_key
        FROM __placed__ AS e
        WHERE
            e.excluded IS NULL
            AND e.period IS NOT NULL
            AND coalesce(e.edition = CAST(:only_edition AS text), TRUE)
            AND coalesce(e.event = CAST(:only_event AS text), TRUE)
    ) AS f
    INNER JOIN unnest(CAST(:labels AS text[]), CAST(:masks AS varbit[])) AS q (period, mask) ON f.period = q.period
    CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
    WHERE b.category IS NOT NULL
    GROUP BY b.disaggregation, b.category, f.person_key
) AS p
GROUP BY p.disaggregation, p.category, p.quarters
