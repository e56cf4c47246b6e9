-- Cases to review, pseudonymous: one row per two persons that may be one (same name and institution; same legal id with
-- a wrong check digit), and per person whose sources contradict each other about its sex. More than :most persons of a
-- name are one row with how many `others` there are. Left out: what people decided to be different, and the erased.
-- Inputs: current.person_link, current.person, current.account, current.account_identity, restricted.tombstone,
-- decisions in force (:decisions, :accounts: one entry per decision and account).
WITH member AS MATERIALIZED (
    SELECT
        k.person_key,
        k.account_key,
        k.source,
        k.reason,
        i.full_name,
        i.legal_id
    FROM current.person_link AS k
    LEFT JOIN current.account_identity AS i ON k.account_key = i.account_key AND k.source = i.source
    WHERE
        k.person_key NOT IN (
            SELECT e.person_key
            FROM restricted.tombstone AS t
            INNER JOIN current.person_link AS e ON t.account_key = e.account_key
        )
),

words AS MATERIALIZED (
    SELECT
        n.full_name,
        string_to_array(warehouse.comparable(n.full_name), ' ') AS words
    FROM (
        SELECT DISTINCT m.full_name FROM member AS m
        WHERE m.full_name IS NOT NULL
    ) AS n
),

names AS MATERIALIZED (
    SELECT
        w.full_name,
        (SELECT string_agg(v.word, ' ' ORDER BY v.word) FROM unnest(w.words) AS v (word)) AS name
    FROM words AS w
    WHERE cardinality(w.words) >= 2
),

institutions AS MATERIALIZED (
    SELECT
        d.institution,
        d.institution_listed,
        CASE WHEN d.institution_listed THEN d.institution ELSE warehouse.comparable(d.institution) END AS compared
    FROM (
        SELECT DISTINCT
            p.institution,
            p.institution_listed
        FROM current.person AS p
        WHERE p.institution IS NOT NULL
    ) AS d
),

alike AS (
    SELECT
        'same_name' AS kind,
        n.name || '|' || i.compared AS what,
        m.person_key,
        min(CAST(m.account_key AS text)) AS account_key
    FROM member AS m
    INNER JOIN names AS n ON m.full_name = n.full_name
    INNER JOIN current.person AS p ON m.person_key = p.person_key
    INNER JOIN institutions AS i ON p.institution = i.institution AND p.institution_listed = i.institution_listed
    WHERE i.compared <> ''
    GROUP BY n.name, i.compared, m.person_key
    UNION ALL
    SELECT
        'wrong_legal_id' AS kind,
        m.legal_id AS what,
        m.person_key,
        min(CAST(m.account_key AS text)) AS account_key
    FROM member AS m
    INNER JOIN (
        SELECT s.legal_id FROM member AS s
        WHERE s.legal_id IS NOT NULL
        GROUP BY s.legal_id
        HAVING count(DISTINCT s.person_key) > 1
    ) AS v ON m.legal_id = v.legal_id
    WHERE
        :curp
        AND m.legal_id ~ coalesce(CAST(:legal_id_pattern AS text), '')
        AND length(m.legal_id) = 18
        AND right(m.legal_id, 1) <> __curpdigit__
    GROUP BY m.legal_id, m.person_key
),

dismissed AS MATERIALIZED (
    SELECT DISTINCT
        d.decision_id,
        k.person_key
    FROM unnest(CAST(:decisions AS bigint[]), CAST(:accounts AS uuid[])) AS d (decision_id, account_key)
    INNER JOIN current.person_link AS k ON d.account_key = k.account_key
),

several AS MATERIALIZED (
    SELECT
        a.kind,
        a.what,
        count(*) AS persons
    FROM alike AS a
    GROUP BY a.kind, a.what
    HAVING count(*) > 1
),

placed AS MATERIALIZED (
    SELECT
        a.kind,
        a.what,
        a.person_key,
        a.account_key,
        s.persons,
        row_number() OVER (PARTITION BY a.kind, a.what ORDER BY a.person_key) AS place
    FROM alike AS a
    INNER JOIN several AS s ON a.kind = s.kind AND a.what = s.what
),

wholly AS (
    SELECT
        a.kind,
        a.what
    FROM placed AS a
    INNER JOIN dismissed AS d ON a.person_key = d.person_key
    GROUP BY a.kind, a.what, a.persons, d.decision_id
    HAVING count(*) = a.persons
),

pair AS (
    SELECT DISTINCT ON (a.kind, a.person_key, b.person_key)
        a.kind,
        a.person_key AS person_a,
        CAST(a.account_key AS uuid) AS account_a,
        b.person_key AS person_b,
        CAST(b.account_key AS uuid) AS account_b,
        CASE WHEN a.persons > :most THEN a.persons - 2 ELSE 0 END AS others
    FROM placed AS a
    INNER JOIN placed AS b
        ON a.kind = b.kind AND a.what = b.what AND a.place < b.place AND (a.persons <= :most OR b.place = 2)
    WHERE
        CASE
            WHEN a.persons > :most
                THEN
                    NOT EXISTS (
                        SELECT 1 FROM wholly AS w
                        WHERE w.kind = a.kind AND w.what = a.what
                    )
            ELSE NOT EXISTS (
                SELECT 1
                FROM dismissed AS d
                INNER JOIN dismissed AS e ON d.decision_id = e.decision_id
                WHERE d.person_key = a.person_key AND e.person_key = b.person_key
            )
        END
    ORDER BY a.kind, a.person_key, b.person_key, others, a.what
),

told AS (
    SELECT
        m.person_key,
        m.account_key,
        c.sex,
        first_value(c.sex) OVER one_person AS first_sex,
        first_value(m.account_key) OVER one_person AS first_account
    FROM member AS m
    INNER JOIN current.person AS p ON m.person_key = p.person_key
    INNER JOIN current.account AS c ON m.account_key = c.account_key AND m.source = c.source
    WHERE p.sex_conflict AND c.sex IS NOT NULL
    WINDOW one_person AS (PARTITION BY m.person_key ORDER BY m.account_key)
),

found AS (
    SELECT
        p.kind,
        p.person_a,
        p.account_a,
        p.person_b,
        p.account_b,
        p.others
    FROM pair AS p
    UNION ALL
    SELECT
        'sex_conflict' AS kind,
        t.person_key AS person_a,
        t.first_account AS account_a,
        t.person_key AS person_b,
        CAST(min(CAST(t.account_key AS text)) AS uuid) AS account_b,
        0 AS others
    FROM told AS t
    WHERE t.sex <> t.first_sex
    GROUP BY t.person_key, t.first_account
)

SELECT
    f.kind,
    f.person_a,
    f.account_a,
    a.source AS source_a,
    a.reason AS reason_a,
    f.person_b,
    f.account_b,
    b.source AS source_b,
    b.reason AS reason_b,
    p.institution,
    f.others
FROM found AS f
INNER JOIN member AS a ON f.account_a = a.account_key
INNER JOIN member AS b ON f.account_b = b.account_key
LEFT JOIN current.person AS p ON f.person_a = p.person_key
ORDER BY f.kind, p.institution, f.person_a, f.person_b, f.account_b
