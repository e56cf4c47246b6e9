-- Seeds: accounts whose identifiers or attributes this batch wrote; all of them when the identity contract or the names
-- of institutions changed. One row per account, with all that is asked of it later, so that it is read once: its
-- source, its identifiers, what it says of its person, and its present link. Where the batch wrote one half only, the
-- account is `lacking` the other (see seeds_lacking.sql).
-- Inputs: restricted.account_identity, warehouse.account, current.person_link.
CREATE TEMPORARY TABLE affected ON COMMIT DROP AS
WITH seed AS MATERIALIZED (
    SELECT
        coalesce(i.account_key, c.account_key) AS account_key,
        coalesce(i.source, c.source) AS source,
        i.legal_id,
        i.employee_id,
        i.email_normalised,
        c.sex,
        c.institution,
        c.state,
        c.order_of_government,
        (i.account_key IS NULL OR c.account_key IS NULL) AS lacking
    FROM (
        SELECT t.* FROM current.account_identity AS t
        WHERE t.valid_from = :at OR :everything
    ) AS i
    FULL JOIN (
        SELECT t.* FROM current.account AS t
        WHERE t.valid_from = :at OR :everything
    ) AS c ON i.account_key = c.account_key
)

SELECT
    s.account_key,
    s.source,
    s.legal_id,
    s.employee_id,
    s.email_normalised,
    s.sex,
    s.institution,
    s.state,
    s.order_of_government,
    k.person_key,
    k.reason,
    0 AS pass,
    s.lacking
FROM seed AS s
LEFT JOIN current.person_link AS k ON s.account_key = k.account_key
