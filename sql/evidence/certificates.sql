-- Evidence: one row per certificate obtained; a person's first in each edition counts, on whichever platform of it;
-- others and those of people outside of the population are excluded. An instant before 2000 is none (platforms write
-- 1980 or 1970 for it).
-- Inputs: asof.certificate, shared.participation.
WITH obtained AS NOT MATERIALIZED (
    SELECT
        c.account_key,
        c.source,
        c.edition,
        CASE WHEN c.obtained_at >= CAST('2000-01-01' AS date) THEN c.obtained_at END AS obtained_at,
        p.person_key,
        p.several,
        p.population,
        p.sex,
        p.institution,
        p.state,
        p.organisation_type,
        c.batch_id,
        c.landed_file_id,
        c.position
    FROM asof.certificate AS c
    LEFT JOIN shared.participation AS p
        ON c.account_key = p.account_key AND c.source = p.source AND c.edition = p.edition
    WHERE c.state IN ('obtained', 'reset')
),

-- Only those of several accounts of one person are put in order: an account has one in an edition.
ordered AS (
    SELECT
        a.*,
        1 AS ordinal
    FROM obtained AS a
    WHERE a.several IS NOT TRUE
    UNION ALL
    SELECT
        s.*,
        row_number() OVER (
            PARTITION BY s.person_key, s.edition
            ORDER BY
                s.obtained_at ASC NULLS LAST,
                s.source ASC,
                s.landed_file_id ASC,
                s.position ASC,
                s.account_key ASC
        ) AS ordinal
    FROM obtained AS s
    WHERE s.several
)

SELECT
    concat_ws('/', r.edition, r.source, r.account_key) AS evidence_key,
    r.account_key,
    r.obtained_at AS at,
    FALSE AS at_estimated,
    r.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    r.source,
    CAST(NULL AS numeric) AS value,
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN r.population IS NULL THEN 'fuera_de_la_poblacion'
        WHEN r.ordinal > 1 THEN 'otro_certificado_de_la_persona'
    END AS excluded,
    coalesce(r.sex, 'no_especificado') AS sex,
    r.institution,
    r.state,
    r.organisation_type,
    r.batch_id,
    r.landed_file_id,
    r.position
FROM ordered AS r
