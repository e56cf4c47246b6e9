-- Several accounts: how many persons are known by more than one account today. Inputs: warehouse.person_link.
SELECT count(*) AS persons
FROM (
    SELECT k.person_key
    FROM warehouse.person_link AS k
    WHERE k.valid_to = 'infinity'
    GROUP BY k.person_key
    HAVING count(*) > 1
) AS p
