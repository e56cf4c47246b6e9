-- Write links. Inputs: __links__ (account_key, source, person_key, reason): new and changed ones.
INSERT INTO warehouse.person_link (
    account_key, source, person_key, reason, valid_from, valid_to, row_hash, batch_id, dataset, scope, stale
)
SELECT
    i.account_key,
    i.source,
    i.person_key,
    i.reason,
    :at,
    'infinity',
    int8send(hash_record_extended(ROW(i.person_key, i.reason), 0)),
    :batch_id,
    '',
    '',
    FALSE
FROM __links__ AS i
