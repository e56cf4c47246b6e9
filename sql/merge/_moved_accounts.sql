-- Accounts known before the batch of which something moves: what it wrote of themselves, of their links or of their
-- persons, and those that say a name of an institution or state that it touched. Only who was known before has other
-- versions: a first load finds none. One row per account.
-- Inputs: renamed (_renamed.sql), the versions opened or closed at :at of accounts, links and persons.
INSERT INTO moved_account (account_key)
WITH touched_person AS (
    SELECT t.person_key
    FROM warehouse.person_link AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION
    SELECT t.person_key
    FROM warehouse.person AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
),

-- Whether they were known before is asked of these.
named AS (
    SELECT t.account_key FROM warehouse.account AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION
    SELECT t.account_key
    FROM renamed AS n
    INNER JOIN warehouse.account AS t ON n.name = t.institution
    WHERE n.kind = 'institution'
    UNION
    SELECT t.account_key
    FROM renamed AS n
    INNER JOIN warehouse.account AS t ON n.name = t.state
    WHERE n.kind = 'state'
    UNION
    -- With the first of the listed states, or without the last, what no list knows is another thing.
    SELECT t.account_key FROM warehouse.account AS t
    WHERE
        t.state IS NOT NULL
        AND EXISTS (
            SELECT 1 FROM warehouse.state AS e
            WHERE e.valid_from = :at OR e.valid_to = :at
        )
    UNION
    SELECT t.account_key FROM warehouse.person_link AS t
    WHERE t.valid_from = :at
)

SELECT n.account_key
FROM named AS n
INNER JOIN warehouse.person_link AS o ON n.account_key = o.account_key AND o.valid_from < :at
-- asked first: a first load looks for nobody
WHERE
    EXISTS (
        SELECT 1 FROM warehouse.person_link AS k
        WHERE k.valid_from < :at
    )
UNION
-- a link that was closed was there before
SELECT t.account_key FROM warehouse.person_link AS t
WHERE t.valid_to = :at AND t.valid_to < 'infinity'
UNION
-- and so was one that stays as it is
SELECT k.account_key
FROM touched_person AS t
INNER JOIN current.person_link AS k ON t.person_key = k.person_key
WHERE k.valid_from < :at
