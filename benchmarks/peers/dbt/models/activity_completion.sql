{{ config(materialized='incremental', unique_key='account_activity', incremental_strategy='merge') }}
select
    s.account || '/' || a.activity as account_activity,
    s.account,
    a.activity,
    {{ passed('a.state') }} and a.at is not null and a.at < now() as passed,
    a.at,
    s._dlt_load_id
from {{ ref('stg_learner') }} as s
cross join lateral (
    values
    ('M1', s.m1, {{ instant('s.m1_at') }}),
    ('M2', s.m2, {{ instant('s.m2_at') }}),
    ('M3', s.m3, {{ instant('s.m3_at') }}),
    ('M4', s.m4, {{ instant('s.m4_at') }}),
    ('cert', s.cert, {{ instant('s.cert_at') }})
) as a (activity, state, at)
{% if is_incremental() %}
where s._dlt_load_id > (select max(_dlt_load_id) from {{ this }})
{% endif %}
