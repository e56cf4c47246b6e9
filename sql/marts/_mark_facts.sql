-- What the marts of facts are made of, in short: one text. A night without news merges batches, too: what counts are
-- those that wrote rows or do not tell what they wrote (replays, withdrawals, decisions), links and persons, and of the
-- settings those by which accounts and persons are known. The newest is the one merged last: of two sources at once the
-- one whose batch began first may end last.
-- Inputs: ops.row_account, batch, setting; the history of person and person_link.
SELECT
    concat_ws(
        '|',
        (
            SELECT max(b.merged_at) FROM ops.batch AS b
            INNER JOIN ops.row_account AS a ON b.batch_id = a.batch_id
            WHERE a.merged + a.vanished > 0
        ),
        (
            SELECT max(b.merged_at)
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
