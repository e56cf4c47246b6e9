-- Company: one row per account that shares a person with an account of a moved row, when the vintage was written or
-- today, with its person then and now (null = there was no such account). `known_as` = its person then, or for an
-- account that is new that of then which its person of today was. `joined` = its person of today unites accounts of
-- several persons of then; `parted` = its person of then is several today.
-- Inputs: moved, person_link at :then_at and at :now_at.
WITH linked AS (
    SELECT
        coalesce(t.account_key, n.account_key) AS account_key,
        t.person_key AS person_then,
        n.person_key AS person_now
    FROM (
        SELECT
            l.account_key,
            l.source,
            l.person_key
        FROM warehouse.person_link AS l
        WHERE l.valid_from <= :then_at AND l.valid_to > :then_at
    ) AS t
    FULL JOIN (
        SELECT
            l.account_key,
            l.source,
            l.person_key
        FROM warehouse.person_link AS l
        WHERE l.valid_from <= :now_at AND l.valid_to > :now_at
    ) AS n ON t.account_key = n.account_key AND t.source = n.source
),

touched AS (
    SELECT
        l.person_then,
        l.person_now
    FROM linked AS l
    WHERE l.account_key IN (SELECT m.account_key FROM moved AS m)
)

SELECT
    l.account_key,
    l.person_then,
    l.person_now,
    coalesce(
        l.person_then, CAST(min(CAST(l.person_then AS text)) OVER same_now AS uuid), l.person_now
    ) AS known_as,
    coalesce(
        l.person_now IS NOT NULL
        AND min(CAST(l.person_then AS text)) OVER same_now <> max(CAST(l.person_then AS text)) OVER same_now,
        FALSE
    ) AS joined,
    coalesce(
        l.person_then IS NOT NULL
        AND min(CAST(l.person_now AS text)) OVER same_then <> max(CAST(l.person_now AS text)) OVER same_then,
        FALSE
    ) AS parted
FROM linked AS l
WHERE
    l.person_then IN (SELECT t.person_then FROM touched AS t)
    OR l.person_now IN (SELECT t.person_now FROM touched AS t)
WINDOW same_now AS (PARTITION BY l.person_now), same_then AS (PARTITION BY l.person_then)
