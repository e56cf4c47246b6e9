-- institution: one row per institution of the reviewed list. Inputs: good.institution.
SELECT
    s.staged_id,
    s.record_no,
    s.institution,
    s.name,
    s.order_of_government,
    s.state
FROM good.institution AS s
