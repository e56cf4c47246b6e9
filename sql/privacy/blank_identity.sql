-- Every version of who the accounts of a decision are, without it: what the next staging of them gives, so that it
-- changes nothing. Inputs: restricted.account_identity, restricted.tombstone.
UPDATE restricted.account_identity
SET
    local_id = NULL,
    full_name = NULL,
    email = NULL,
    legal_id = NULL,
    employee_id = NULL,
    email_normalised = NULL,
    row_hash = int8send(
        hash_record_extended(
            ROW(
                CAST(NULL AS text),
                CAST(NULL AS text),
                CAST(NULL AS text),
                CAST(NULL AS text),
                CAST(NULL AS text),
                CAST(NULL AS text)
            ),
            0
        )
    )
WHERE account_key IN (
    SELECT t.account_key FROM restricted.tombstone AS t
    WHERE t.decision_id = :decision_id
)
