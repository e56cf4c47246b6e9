-- Close the current versions that incoming rows replace. Inputs: incoming.
UPDATE __target__ AS c
SET valid_to = :at
FROM incoming AS i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND i.outcome IN ('changed', 'returned')
    AND __join__
