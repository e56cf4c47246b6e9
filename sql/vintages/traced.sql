-- Traced: the rows of a set that an official version keeps (:set_id, quarters :first to :last), with their landed
-- files: one row per row of evidence. Inputs: results.evidence, ops.landed_file.
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
FROM results.evidence AS e
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
WHERE e.set_id = :set_id AND e.period >= :first AND e.period <= :last
ORDER BY e.evidence_key, e.row_no
