-- Rows of one indicator as they are told: :at_most of them, by reason (in the order of :reasons).
-- Grain: one row per row of evidence that came, went or changed. Inputs: reasoned.
INSERT INTO drifted_row (
    candidate_id, indicator, row_no, reason, movement, evidence_key, account_key, before, after, batch_id,
    landed_file_id, position
)
SELECT
    :candidate_id,
    :indicator,
    f.row_no,
    f.reason,
    f.movement,
    f.evidence_key,
    f.account_key,
    CASE WHEN f.known_before THEN f.said_before END,
    CASE WHEN f.known_after THEN f.said_after END,
    f.batch_after,
    f.file_after,
    f.position_after
FROM (
    SELECT
        r.*,
        row_number() OVER (
            ORDER BY array_position(CAST(:reasons AS text[]), r.reason), r.thing, r.evidence_key, r.account_key
        ) AS row_no
    FROM reasoned AS r
) AS f
WHERE f.row_no <= :at_most
