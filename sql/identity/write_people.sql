-- Write persons. Inputs: __people__ (see people.sql): new and changed ones.
INSERT INTO warehouse.person (
    source, person_key, sex, sex_known, sex_conflict, sex_source, institution, institution_listed, state,
    order_of_government, accounts,
    valid_from, valid_to, row_hash, batch_id, dataset, scope, stale
)
SELECT
    'identity',
    p.person_key,
    p.sex,
    p.sex_known,
    p.sex_conflict,
    p.sex_source,
    p.institution,
    p.institution_listed,
    p.state,
    p.order_of_government,
    p.accounts,
    :at,
    'infinity',
    p.row_hash,
    :batch_id,
    '',
    '',
    FALSE
FROM __people__ AS p
