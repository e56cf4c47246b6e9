select
    coalesce(nullif(username, ''), nullif(lower(email), '')) as account,
    coalesce(nullif(idnumber, ''), nullif(lower(email), ''), nullif(username, '')) as person,
    case sex when 'Mujer' then 'mujer' when 'Hombre' then 'hombre' when '' then null else sex end as sex,
    institution,
    m1, m1_at, m2, m2_at, m3, m3_at, m4, m4_at, cert, cert_at,
    _dlt_load_id
from {{ source('landed', 'learner') }}
where coalesce(nullif(username, ''), nullif(email, '')) is not null
