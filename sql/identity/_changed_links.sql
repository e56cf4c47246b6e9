-- Links that are new or changed: one row per account. Inputs: link.
SELECT
    i.account_key,
    i.source,
    i.person_key,
    i.reason
FROM link AS i
WHERE i.known_person IS NULL OR i.known_person <> i.person_key OR i.known_reason <> i.reason
ORDER BY i.account_key
