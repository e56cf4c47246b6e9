-- Close the links of accounts that nothing gives any more. Inputs: current.person_link and the accounts of the source.
UPDATE warehouse.person_link AS c
SET valid_to = :at
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND NOT EXISTS (
        SELECT 1 FROM current.account AS a
        WHERE a.account_key = c.account_key AND a.source = c.source
    )
    AND NOT EXISTS (
        SELECT 1 FROM current.account_identity AS i
        WHERE i.account_key = c.account_key AND i.source = c.source
    )
