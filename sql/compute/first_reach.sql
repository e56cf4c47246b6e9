-- First reach: who has counted rows of several sexes, institutions, states or types of organisation, with those of the
-- first of them. Grain: one row per such person. Inputs: placed rows.
SELECT DISTINCT ON (e.person_key)
    e.person_key,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type
FROM __placed__ AS e
INNER JOIN (
    SELECT s.person_key
    FROM __placed__ AS s
    WHERE s.excluded IS NULL AND s.period IS NOT NULL AND s.account_key IS NOT NULL
    GROUP BY s.person_key
    HAVING
        min(s.sex) <> max(s.sex)
        OR min(s.institution) <> max(s.institution)
        OR min(s.state) <> max(s.state)
        OR min(s.organisation_type) <> max(s.organisation_type)
) AS v ON e.person_key = v.person_key
WHERE e.excluded IS NULL AND e.period IS NOT NULL
ORDER BY
    e.person_key ASC,
    e.period ASC,
    e.at ASC NULLS LAST,
    e.source ASC,
    e.landed_file_id ASC,
    e.position ASC,
    e.evidence_key ASC
