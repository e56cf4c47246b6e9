-- What the marts of batches are made of, in short: one text. Inputs: ops.batch, retained_count, rule.
SELECT
    concat_ws(
        '|',
        (
            SELECT string_agg(concat_ws(',', b.state, b.n, b.newest, b.merged_at, b.replayed_at), ';' ORDER BY b.state)
            FROM (
                SELECT
                    t.state,
                    count(*) AS n,
                    max(t.batch_id) AS newest,
                    max(t.merged_at) AS merged_at,
                    max(t.replayed_at) AS replayed_at
                FROM ops.batch AS t
                GROUP BY t.state
            ) AS b
        ),
        (SELECT md5(string_agg(CAST(c AS text), ';' ORDER BY CAST(c AS text))) FROM ops.retained_count AS c),
        (SELECT md5(string_agg(CAST(r AS text), ';' ORDER BY r.entity, r.rule)) FROM ops.rule AS r)
    ) AS mark
