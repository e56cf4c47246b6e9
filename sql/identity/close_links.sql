-- Close the links that changed. Inputs: link.
UPDATE warehouse.person_link AS c
SET valid_to = :at
FROM link AS i
WHERE
    c.valid_to = 'infinity'
    AND c.account_key = i.account_key
    AND c.source = i.source
    AND i.known_person IS NOT NULL
    AND (i.known_person <> i.person_key OR i.known_reason <> i.reason)
