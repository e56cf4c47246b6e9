-- What the marts of figures are made of beside the facts, in short: one text.
-- Inputs: the computations, candidates and drift of results, ops.decision, the history of indicator and period.
SELECT
    concat_ws(
        '|',
        (
            SELECT concat_ws(',', count(*), max(c.computation_id), max(c.known_at), md5(string_agg(c.definitions, ',')))
            FROM (
                SELECT * FROM results.computation
                ORDER BY computation_id
            ) AS c
        ),
        (
            SELECT
                md5(
                    string_agg(
                        concat_ws(
                            ',', k.candidate_id, k.state, k.vintage, k.report_state, k.comment, k.explanations,
                            k.project_status
                        ),
                        ';' ORDER BY k.candidate_id
                    )
                )
            FROM results.candidate AS k
        ),
        (SELECT concat_ws(',', count(*), max(f.seen_at)) FROM results.drift AS f),
        (
            SELECT concat_ws(',', count(*), max(d.decision_id)) FROM ops.decision AS d
            WHERE d.kind IN ('explain', 'verification', 'project_status', 'revoke')
        ),
        (SELECT concat_ws(',', count(*), max(i.valid_from)) FROM warehouse.indicator AS i),
        (SELECT concat_ws(',', count(*), max(p.valid_from)) FROM warehouse.period AS p)
    ) AS mark
