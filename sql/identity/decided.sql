-- Decisions link as identifiers do: one row per decision and account that there is. Inputs: decided, label.
INSERT INTO identifier (account_key, kind, value, within, links, pass)
SELECT
    d.account_key,
    d.kind,
    d.value,
    d.within,
    TRUE,
    0
FROM decided AS d
INNER JOIN label AS l ON d.account_key = l.account_key
