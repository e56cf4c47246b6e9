{{ config(materialized='incremental', unique_key='response_question', incremental_strategy='merge') }}
select
    r.id || '/' || a.question as response_question,
    r.id,
    a.question,
    a.value,
    r._dlt_load_id
from {{ ref('stg_response') }} as r
cross join lateral (
    values
    ('P01', r.p01), ('P02A', r.p02a), ('P02B', r.p02b), ('P02C', r.p02c), ('P02D', r.p02d),
    ('P07', r.p07), ('P08', r.p08), ('P10', r.p10)
) as a (question, value)
{% if is_incremental() %}
where r._dlt_load_id > (select max(_dlt_load_id) from {{ this }})
{% endif %}
