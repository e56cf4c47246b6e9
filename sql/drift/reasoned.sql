-- Reasoned: one row per moved row with why it moved and how.
-- In this order: its batch was withdrawn since (one withdrawn before may have begun what others went on to give);
-- nothing of it was there when the vintage was written; its source no longer delivers it; another account of its person
-- counts the thing since persons were linked or separated; it has another version; its person was linked or separated;
-- something else that was merged since changed what it says; other.
-- Inputs: moved, company, results.evidence (:set_id), the temporary table of placing.placed, ops.batch, the pins of the
-- vintage (:pinned_sources, :pinned_instants, :then_at the newest), vanished versions of what the evidence reads.
WITH taken AS (
    SELECT DISTINCT
        m.thing,
        m.account_key
    FROM moved AS m
    LEFT JOIN company AS c ON m.account_key = c.account_key
    INNER JOIN __placed__ AS o ON m.thing = o.thing AND coalesce(m.person_after, c.person_now) = o.person_key
    LEFT JOIN company AS d ON o.account_key = d.account_key
    WHERE
        NOT m.counts_after
        AND o.excluded IS NULL
        AND o.account_key <> m.account_key
        AND d.person_then IS DISTINCT FROM coalesce(m.person_before, c.person_then)
),

given_back AS (
    SELECT DISTINCT
        m.thing,
        m.account_key
    FROM moved AS m
    LEFT JOIN company AS c ON m.account_key = c.account_key
    INNER JOIN results.evidence AS o
        ON o.set_id = :set_id AND m.thing = o.thing AND coalesce(m.person_before, c.person_then) = o.person_key
    LEFT JOIN company AS d ON o.account_key = d.account_key
    WHERE
        NOT m.counts_before
        AND o.excluded IS NULL
        AND o.account_key <> m.account_key
        AND d.person_now IS DISTINCT FROM coalesce(m.person_after, c.person_now)
)

SELECT
    m.*,
    coalesce(m.person_before, c.known_as, m.account_key) AS group_before,
    coalesce(m.person_after, c.person_now, m.account_key) AS group_after,
    CASE
        WHEN m.counts_before AND m.counts_after THEN 'changed'
        WHEN m.counts_after THEN 'came'
        ELSE 'went'
    END AS movement,
    CASE
        WHEN w.batch_id IS NOT NULL OR (a.withdraws IS NOT NULL AND since.fresh) THEN 'withdrawal'
        WHEN NOT m.known_before AND since.fresh THEN 'late_row'
        WHEN v.landed_file_id IS NOT NULL THEN 'vanished'
        WHEN t.thing IS NOT NULL THEN 'merge'
        WHEN g.thing IS NOT NULL THEN 'split'
        WHEN m.known_before AND m.known_after AND since.another THEN 'correction'
        WHEN c.joined THEN 'merge'
        WHEN c.parted THEN 'split'
        WHEN :moved_on THEN 'correction'
        ELSE 'other'
    END AS reason
FROM moved AS m
LEFT JOIN company AS c ON m.account_key = c.account_key
LEFT JOIN ops.batch AS w ON m.batch_before = w.withdraws AND w.merged_at > :then_at
LEFT JOIN ops.batch AS a ON m.batch_after = a.batch_id
LEFT JOIN unnest(CAST(:pinned_sources AS text[]), CAST(:pinned_instants AS timestamptz[])) AS p (source, instant)
    ON a.source = p.source
LEFT JOIN (
    __vanished__
) AS v
    ON NOT m.known_after AND m.file_before = v.landed_file_id AND m.position_before = v.position
LEFT JOIN taken AS t ON m.counts_before AND m.thing = t.thing AND m.account_key = t.account_key
LEFT JOIN given_back AS g ON m.counts_after AND m.thing = g.thing AND m.account_key = g.account_key
CROSS JOIN LATERAL (
    SELECT
        (p.instant IS NULL OR a.merged_at > p.instant) AS fresh,
        (
            m.batch_before IS DISTINCT FROM m.batch_after
            OR m.file_before IS DISTINCT FROM m.file_after
            OR m.position_before IS DISTINCT FROM m.position_after
        ) AS another
) AS since
