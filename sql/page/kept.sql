-- Behind a line that a candidate keeps: one row per row of evidence, in the order of files and positions.
-- Inputs: results.evidence, ops.landed_file.
SELECT
    e.row_no AS place,
    e.evidence_key,
    e.account_key,
    e.person_key,
    e.period,
    e.late,
    e.at,
    e.at_estimated,
    e.source,
    e.course,
    e.edition,
    e.event,
    e.survey,
    e.module,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type,
    e.value,
    e.hit,
    e.excluded,
    e.batch_id,
    e.landed_file_id,
    f.dataset,
    f.sha256,
    e.position,
    e.document
FROM results.evidence AS e
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
WHERE e.set_id = :set_id AND e.period >= :first AND e.period <= :last
