-- Write the links that are new or changed. Inputs: link, current.person_link.
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
    i.row_hash,
    :batch_id,
    '',
    '',
    FALSE
FROM link AS i
LEFT JOIN current.person_link AS c ON i.account_key = c.account_key AND i.source = c.source
WHERE c.account_key IS NULL
ORDER BY i.account_key
