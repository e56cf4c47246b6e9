-- Evidence: one row per module passed; a person's first of each module and edition counts, on whichever platform of it;
-- others and those of people outside of the population are excluded. An instant before 2000 is none.
-- Inputs: asof.module_completion, shared.participation.
WITH passed AS NOT MATERIALIZED (
    SELECT
        m.account_key,
        m.source,
        m.edition,
        m.module,
        CASE WHEN m.completed_at >= CAST('2000-01-01' AS date) THEN m.completed_at END AS completed_at,
        p.person_key,
        p.several,
        p.population,
        p.sex,
        p.institution,
        p.state,
        p.organisation_type,
        m.batch_id,
        m.landed_file_id,
        m.position
    FROM asof.module_completion AS m
    LEFT JOIN shared.participation AS p
        ON m.account_key = p.account_key AND m.source = p.source AND m.edition = p.edition
    WHERE m.state IN ('completed', 'reset')
),

-- Only those of several accounts of one person are put in order: an account passes a module of an edition once.
ordered AS (
    SELECT
        a.*,
        1 AS ordinal
    FROM passed AS a
    WHERE a.several IS NOT TRUE
    UNION ALL
    SELECT
        s.*,
        row_number() OVER (
            PARTITION BY s.person_key, s.module, s.edition
            ORDER BY
                s.completed_at ASC NULLS LAST,
                s.source ASC,
                s.landed_file_id ASC,
                s.position ASC,
                s.account_key ASC
        ) AS ordinal
    FROM passed AS s
    WHERE s.several
)

SELECT
    concat_ws('/', r.edition, r.module, r.source, r.account_key) AS evidence_key,
    r.account_key,
    r.completed_at AS at,
    FALSE AS at_estimated,
    r.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    r.module,
    r.source,
    CAST(NULL AS numeric) AS value,
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN r.population IS NULL THEN 'fuera_de_la_poblacion'
        WHEN r.ordinal > 1 THEN 'otra_cuenta_de_la_persona'
    END AS excluded,
    coalesce(r.sex, 'no_especificado') AS sex,
    r.institution,
    r.state,
    r.organisation_type,
    r.batch_id,
    r.landed_file_id,
    r.position
FROM ordered AS r
