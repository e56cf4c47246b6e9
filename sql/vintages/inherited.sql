-- Inherited: the cells of a workbook behind a figure, those of the newest quarter of before that it takes in: one row
-- per row of evidence. Inputs: results.candidate (those of :candidates), evidence_set, evidence; ops.landed_file.
WITH newest AS (
    SELECT s.set_id
    FROM results.candidate AS c
    INNER JOIN results.evidence_set AS s
        ON c.candidate_id = s.candidate_id AND s.indicator = :indicator AND s.official
    WHERE
        c.candidate_id = ANY(CAST(:candidates AS bigint[]))
        AND c.kind = 'inherited'
        AND c.period >= :first
        AND c.period <= :last
    ORDER BY c.period DESC
    LIMIT 1
)

SELECT
    e.evidence_key,
    e.account_key,
    e.at,
    e.at_estimated,
    e.edition,
    e.event,
    e.survey,
    e.module,
    e.source,
    e.value,
    e.hit,
    e.excluded,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type,
    e.batch_id,
    e.landed_file_id,
    e.position,
    e.document,
    e.course,
    e.person_key,
    e.period,
    e.late,
    f.dataset,
    f.path,
    f.sha256
FROM newest AS n
INNER JOIN results.evidence AS e ON n.set_id = e.set_id
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
ORDER BY e.evidence_key, e.row_no
