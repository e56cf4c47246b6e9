{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}
select id, token, email, submitted_at, sex, _dlt_load_id
from {{ ref('stg_response') }}
{% if is_incremental() %}
where _dlt_load_id > (select max(_dlt_load_id) from {{ this }})
{% endif %}
