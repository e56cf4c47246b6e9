-- Compared: one row per row of evidence that counts for a figure in its vintage, today, or both; what was published
-- beside what holds today. A row is known by its thing, account and key. `moved` = something that the figure is made of
-- differs: whether it counts, its hit or value (as the measure has any), a category, or the quarter it is of by itself.
-- A figure typed for a category (no account, a hit) counts in its cell; in the total where it says so and all add up,
-- never in a latest value (:latest).
-- Inputs: results.evidence (:set_id, quarters :first_before to :last), the temporary table of placing.placed (quarters
-- :first_after to :last).
SELECT
    coalesce(a.thing, b.thing) AS thing,
    coalesce(a.account_key, b.account_key) AS account_key,
    coalesce(a.known_as, b.evidence_key) AS evidence_key,
    (b.evidence_key IS NOT NULL) AS known_before,
    (a.evidence_key IS NOT NULL) AS known_after,
    coalesce(b.counts, FALSE) AS counts_before,
    coalesce(a.counts, FALSE) AS counts_after,
    coalesce(
        b.counts
        AND NOT (b.account_key IS NULL AND (b.hit IS FALSE OR (CAST(:latest AS boolean) AND b.hit IS TRUE))),
        FALSE
    ) AS in_total_before,
    coalesce(
        a.counts
        AND NOT (a.account_key IS NULL AND (a.hit IS FALSE OR (CAST(:latest AS boolean) AND a.hit IS TRUE))),
        FALSE
    ) AS in_total_after,
    b.person_key AS person_before,
    a.person_key AS person_after,
    b.period AS period_before,
    a.period AS period_after,
    b.at AS at_before,
    a.at AS at_after,
    b.value AS value_before,
    a.value AS value_after,
    b.hit AS hit_before,
    a.hit AS hit_after,
    b.batch_id AS batch_before,
    a.batch_id AS batch_after,
    b.landed_file_id AS file_before,
    a.landed_file_id AS file_after,
    b.position AS position_before,
    a.position AS position_after,
    __before__ AS said_before,
    __after__ AS said_after,
    (
        coalesce(b.counts, FALSE) <> coalesce(a.counts, FALSE)
        OR (b.counts AND a.counts AND (__differs__ OR (NOT b.late AND b.period IS DISTINCT FROM a.natural_period)))
    ) AS moved
FROM (
    SELECT
        e.*,
        coalesce(e.excluded IS NULL AND e.period >= :first_before AND e.period <= :last, FALSE) AS counts
    FROM results.evidence AS e
    WHERE e.set_id = :set_id
) AS b
FULL JOIN (
    SELECT
        e.*,
        coalesce(replace(e.evidence_key, CAST(e.account_key AS text), '*'), e.evidence_key) AS known_as,
        coalesce(e.excluded IS NULL AND e.period >= :first_after AND e.period <= :last, FALSE) AS counts
    FROM __placed__ AS e
) AS a
    ON
        b.thing = a.thing
        AND b.evidence_key = a.known_as
        AND coalesce(b.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
        = coalesce(a.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
WHERE b.counts OR a.counts
