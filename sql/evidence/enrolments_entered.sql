-- Evidence: one row per enrolment of the population that entered the course. hit = its person obtained the certificate
-- before the edition's close, on whichever platform. A further enrolment of the same person in the edition is excluded.
-- Inputs: shared.participation, asof.certificate.
WITH taken AS NOT MATERIALIZED (
    SELECT
        q.*,
        (c.account_key IS NOT NULL) AS certificate
    FROM shared.participation AS q
    LEFT JOIN asof.certificate AS c
        ON
            q.account_key = c.account_key
            AND q.source = c.source
            AND q.edition = c.edition
            AND c.state IN ('obtained', 'reset')
            AND coalesce(q.cutoff_at > c.obtained_at, TRUE)
),

-- Certificates of other accounts are looked for where a person has others.
together AS (
    SELECT
        a.*,
        a.certificate AS certified
    FROM taken AS a
    WHERE NOT a.several
    UNION ALL
    SELECT
        s.*,
        bool_or(s.certificate) OVER (PARTITION BY s.person_key, s.edition) AS certified
    FROM taken AS s
    WHERE s.several
)

SELECT
    concat_ws('/', p.edition, p.source, p.account_key) AS evidence_key,
    p.account_key,
    p.entered_at AS at,
    p.entered_estimated AS at_estimated,
    p.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    p.source,
    CAST(NULL AS numeric) AS value,
    p.certified AS hit,
    CASE WHEN p.place > 1 THEN 'otra_cuenta_de_la_persona' END AS excluded,
    p.sex,
    p.institution,
    p.state,
    p.organisation_type,
    p.batch_id,
    p.landed_file_id,
    p.position
FROM together AS p
WHERE p.enrolled AND p.entered_at IS NOT NULL
