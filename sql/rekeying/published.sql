-- The persons of what candidates and vintages counted: each is called as its links call it at the newest merge that the
-- candidate knew, so that persons who were merged since stay as many as were published; where no link is known of then,
-- as they call it last. Inputs: results.candidate, evidence_set, evidence; label_run.
UPDATE results.evidence AS e
SET person_key = f.label
FROM (
    SELECT
        o.set_id,
        o.row_no,
        coalesce(t.label, n.label) AS label
    FROM results.evidence AS o
    INNER JOIN (
        SELECT DISTINCT
            s.set_id,
            c.known_at
        FROM results.evidence_set AS s
        INNER JOIN results.candidate AS c ON s.candidate_id = c.candidate_id
    ) AS k ON o.set_id = k.set_id
    LEFT JOIN label_run AS t
        ON o.person_key = t.person_key AND t.at <= k.known_at AND t.until > k.known_at
    LEFT JOIN (
        SELECT DISTINCT ON (r.person_key)
            r.person_key,
            r.label
        FROM label_run AS r
        ORDER BY r.person_key ASC, r.until DESC
    ) AS n ON o.person_key = n.person_key
) AS f
WHERE e.set_id = f.set_id AND e.row_no = f.row_no AND e.person_key <> f.label
