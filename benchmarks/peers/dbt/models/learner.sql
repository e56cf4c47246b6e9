{{ config(materialized='incremental', unique_key='account', incremental_strategy='merge') }}
select account, person, sex, institution, _dlt_load_id
from {{ ref('stg_learner') }}
{% if is_incremental() %}
where _dlt_load_id > (select max(_dlt_load_id) from {{ this }})
{% endif %}
