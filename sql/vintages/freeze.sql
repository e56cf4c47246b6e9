-- Freezes the rows behind a candidate as one set (:set_id), numbered as their files and positions stand.
-- Grain: one row per set and row of evidence. Inputs: sql/vintages/frozen.sql.
INSERT INTO results.evidence (
    set_id, row_no, evidence_key, thing, account_key, person_key, period, late, at, at_estimated, course, edition,
    event, survey, module, source, value, hit, excluded, sex, institution, state, organisation_type, batch_id,
    landed_file_id, position
)
SELECT
    :set_id,
    row_number() OVER (ORDER BY f.landed_file_id, f.position, f.known_as),
    f.evidence_key,
    f.thing,
    f.account_key,
    f.person_key,
    f.period,
    f.late,
    f.at,
    f.at_estimated,
    f.course,
    f.edition,
    f.event,
    f.survey,
    f.module,
    f.source,
    f.value,
    f.hit,
    f.excluded,
    f.sex,
    f.institution,
    f.state,
    f.organisation_type,
    f.batch_id,
    f.landed_file_id,
    f.position
FROM (
    __frozen__
) AS f
