-- Frozen: what a candidate keeps of placed rows: those up to its quarter (:last) and those without one, counted or
-- excluded, with `*` in place of the account in their key, so that no key outlives a rotation or an erasure there.
-- Inputs: the temporary table of placing.placed.
SELECT
    e.evidence_key AS known_as,
    CASE
        WHEN e.account_key IS NULL THEN e.evidence_key
        ELSE replace(e.evidence_key, CAST(e.account_key AS text), '*')
    END AS evidence_key,
    e.thing,
    e.account_key,
    e.person_key,
    e.period,
    e.late,
    e.at,
    e.at_estimated,
    e.course,
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
    e.position
FROM __placed__ AS e
WHERE coalesce(e.period <= :last, TRUE)
