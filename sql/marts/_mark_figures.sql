-- What the marts of figures are made of beside the facts, in short: one text.
-- Inputs: the computations of results, the history of indicator and period.
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
        (SELECT concat_ws(',', count(*), max(i.valid_from)) FROM warehouse.indicator AS i),
        (SELECT concat_ws(',', count(*), max(p.valid_from)) FROM warehouse.period AS p)
    ) AS mark
