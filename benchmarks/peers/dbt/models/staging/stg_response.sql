select
    cast(id as bigint) as id,
    token,
    lower(email) as email,
    {{ instant('submitdate') }} as submitted_at,
    case p06 when 'F' then 'mujer' when 'M' then 'hombre' end as sex,
    p01, p02a, p02b, p02c, p02d, p07, p08, p10,
    _dlt_load_id
from {{ source('landed', 'response') }}
where coalesce(nullif(token, ''), nullif(email, '')) is not null
