-- What newcomers who stand alone (see newcomers.sql) say, as facts.sql has it of persons: one row per account.
-- Inputs: newcomer.
SELECT
    n.account_key AS person_key,
    1 AS accounts,
    CASE WHEN n.sex IS NULL THEN 0 ELSE 1 END AS sexes,
    n.sex AS first_sex,
    CASE WHEN n.sex IS NOT NULL THEN n.source END AS sex_source,
    n.institution,
    n.state,
    n.order_of_government
FROM newcomer AS n
