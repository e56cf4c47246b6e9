-- Connected components: every account takes the smallest label among the accounts it shares an identifier with, where
-- these have several. Run until nothing changes: the label is then the smallest account_key of the component.
-- Inputs: label, identifier.
WITH smallest AS (
    SELECT
        i.kind,
        i.value,
        i.within,
        min(CAST(l.person_key AS text)) AS person_key
    FROM identifier AS i
    INNER JOIN label AS l ON i.account_key = l.account_key
    GROUP BY i.kind, i.value, i.within
    HAVING min(CAST(l.person_key AS text)) < max(CAST(l.person_key AS text))
),

reached AS (
    SELECT
        i.account_key,
        CAST(min(s.person_key) AS uuid) AS person_key
    FROM identifier AS i
    INNER JOIN smallest AS s ON i.kind = s.kind AND i.value = s.value AND i.within = s.within
    GROUP BY i.account_key
)

UPDATE label AS l
SET person_key = r.person_key
FROM reached AS r
WHERE l.account_key = r.account_key AND r.person_key < l.person_key
