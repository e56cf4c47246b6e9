-- Persons that changed or have no account left: one row per person. Inputs: link, people.
CREATE TEMPORARY TABLE closing ON COMMIT DROP AS
SELECT DISTINCT k.known_person AS person_key
FROM link AS k
LEFT JOIN people AS p ON k.known_person = p.person_key
WHERE k.known_person <> k.person_key AND p.person_key IS NULL
UNION ALL
SELECT p.person_key
FROM people AS p
WHERE p.known_hash <> p.row_hash
