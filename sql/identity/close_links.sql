-- Close the links that changed. Inputs: link.
UPDATE warehouse.person_link AS c
SET valid_to = :at
FROM link AS i
WHERE
    c.valid_to = 'infinity'
    AND c.account_key = i.account_key
    AND c.source = i.source
    AND (c.person_key <> i.person_key OR c.reason <> i.reason)
