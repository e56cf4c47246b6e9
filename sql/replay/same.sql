-- Where nothing changes at :at the kept version goes on in place of the one made anew. Inputs: seam.
DELETE FROM __target__ AS c
USING __seam__ AS s
WHERE c.source = :source AND c.valid_from = :at AND s.outcome = 'same' AND __csjoin__
