-- Frozen: placed rows in which a person stays what it was when it was first reached, so that cells add to the total.
-- Inputs: placed rows, the temporary table of sql/compute/first_reach.sql.
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
    coalesce(f.sex, e.sex) AS sex,
    coalesce(f.institution, e.institution) AS institution,
    coalesce(f.state, e.state) AS state,
    coalesce(f.organisation_type, e.organisation_type) AS organisation_type,
    e.batch_id,
    e.landed_file_id,
    e.position,
    e.course,
    e.by_open_link,
    e.person_key,
    e.thing,
    e.natural_period,
    e.period,
    e.late,
    e.excluded
FROM __placed__ AS e
LEFT JOIN __first_reach__ AS f ON e.person_key = f.person_key
