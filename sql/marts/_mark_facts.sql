-- What the marts of facts are made of, in short: one text. A night without news merges batches, too: what counts are
-- those that wrote rows or do not tell what they wrote (replays, withdrawals, decisions), links and persons, and of the
-- settings those by which accounts and persons are known.
-- Inputs: ops.row_account, batch, setting; the history of person and person_link.
SELECT
    concat_ws(
        '|',
        (
            SELECT max(a.batch_id) FROM ops.row_account AS a
            WHERE a.merged + a.vanished > 0
        ),
        (
            SELECT concat_ws(',', max(b.batch_id), max(b.replayed_at))
            FROM ops.batch AS b
            WHERE b.merged_at IS NOT NULL AND (b.fingerprint IS NULL OR cardinality(b.quarters) > 0)
        ),
        (SELECT max(b.replayed_at) FROM ops.batch AS b),
        (SELECT concat_ws(',', count(*), max(p.valid_from)) FROM warehouse.person AS p),
        (SELECT concat_ws(',', count(*), max(k.valid_from)) FROM warehouse.person_link AS k),
        (
            SELECT string_agg(s.value, ',' ORDER BY s.setting)
            FROM ops.setting AS s
            WHERE s.setting IN ('account_key', 'identity_contract')
        )
    ) AS mark
