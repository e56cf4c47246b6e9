-- Responses: one row per response that is there, with its person and whether it may count. `competes` = complete and
-- sent before the survey's close; of several such responses of one account the survey says which count (the first, the
-- last or all): `turn` is 1 for those. The sex answered counts where no source tells the person's; a contradiction is
-- no_especificado, as everywhere. An instant before 2000 is none.
-- Inputs: asof.response, survey, person_link, person, shared.described.
WITH dated AS (
    SELECT
        r.account_key,
        r.source,
        r.survey,
        r.response_id,
        r.complete,
        r.language,
        r.sex,
        r.batch_id,
        r.landed_file_id,
        r.position,
        s.edition,
        s.event,
        s.repeated,
        CASE WHEN r.submitted_at >= CAST('2000-01-01' AS date) THEN r.submitted_at END AS at,
        (r.complete AND coalesce(r.submitted_at < s.closes_at, TRUE)) AS competes
    FROM asof.response AS r
    INNER JOIN asof.survey AS s ON r.survey = s.survey AND s.vanished_at IS NULL
    WHERE r.vanished_at IS NULL
),

ordered AS (
    SELECT
        d.*,
        CASE
            WHEN NOT d.competes OR d.repeated = 'all' THEN 1
            WHEN d.repeated = 'first'
                THEN row_number() OVER (
                    PARTITION BY d.survey, d.account_key, d.source, d.competes
                    ORDER BY d.at ASC NULLS LAST, length(d.response_id) ASC, d.response_id ASC
                )
            ELSE
                row_number() OVER (
                    PARTITION BY d.survey, d.account_key, d.source, d.competes
                    ORDER BY d.at DESC NULLS LAST, length(d.response_id) DESC, d.response_id DESC
                )
        END AS turn
    FROM dated AS d
)

SELECT
    o.account_key,
    o.source,
    o.survey,
    o.response_id,
    o.complete,
    o.competes,
    o.turn,
    o.at,
    o.edition,
    o.event,
    o.language,
    coalesce(k.person_key, o.account_key) AS person_key,
    CASE
        WHEN p.sex <> 'no_especificado' THEN p.sex
        WHEN p.sex_conflict OR min(o.sex) OVER same_person <> max(o.sex) OVER same_person THEN 'no_especificado'
        WHEN o.sex IN ('mujer', 'hombre', 'no_binario', 'otro') THEN o.sex
        ELSE 'no_especificado'
    END AS sex,
    CASE WHEN p.sex <> 'no_especificado' THEN p.sex_source ELSE o.source END AS sex_source,
    coalesce(a.institution, p.institution) AS institution,
    coalesce(a.state, p.state) AS state,
    o.batch_id,
    o.landed_file_id,
    o.position
FROM ordered AS o
LEFT JOIN asof.person_link AS k ON o.account_key = k.account_key AND o.source = k.source
LEFT JOIN asof.person AS p ON k.person_key = p.person_key
LEFT JOIN shared.described AS a ON o.account_key = a.account_key AND o.source = a.source
WINDOW same_person AS (PARTITION BY o.survey, coalesce(k.person_key, o.account_key))
