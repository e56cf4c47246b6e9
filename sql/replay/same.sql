-- Where nothing changes at :at the kept version goes on in place of the one made anew. Inputs: seam.
WITH s AS MATERIALIZED (
    SELECT m.* FROM __seam__ AS m
    WHERE m.outcome = 'same'
)

DELETE FROM __target__ AS c
USING s
WHERE c.source = :source AND c.valid_from = :at AND __csjoin__
