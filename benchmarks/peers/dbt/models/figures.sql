with counted as (
    select
        sex,
        institution,
        grouping(sex) as any_sex,
        grouping(institution) as any_institution,
        count(*) as enrolled,
        count(*) filter (where m1 or m2 or m3 or m4 or cert) as entered,
        count(*) filter (where m1) as m1,
        count(*) filter (where m2) as m2,
        count(*) filter (where m3) as m3,
        count(*) filter (where m4) as m4,
        count(*) filter (where cert) as cert
    from {{ ref('person') }}
    group by grouping sets ((), (sex), (institution))
)

select f.name, cast(f.value as numeric) as value
from counted as c
cross join lateral (
    values
    ('enrolled', c.enrolled), ('persons', c.enrolled), ('entered', c.entered), ('module/M1', c.m1),
    ('module/M2', c.m2), ('module/M3', c.m3), ('module/M4', c.m4), ('certificates', c.cert), ('certified', c.cert)
) as f (name, value)
where c.any_sex = 1 and c.any_institution = 1
union all
select f.name || '/sex/' || c.sex, f.value
from counted as c
cross join lateral (
    values
    ('entered', c.entered), ('module/M1', c.m1), ('module/M2', c.m2), ('module/M3', c.m3), ('module/M4', c.m4),
    ('certificates', c.cert), ('certified', c.cert)
) as f (name, value)
where c.any_sex = 0 and c.sex is not null
union all
select 'certified/institution/' || c.institution, c.cert
from counted as c
where c.any_institution = 0 and c.institution <> ''
union all
select 'responses', count(*)
from {{ ref('response') }}
where submitted_at < now()
union all
select 'mean_p01', round(avg(cast(substr(a.value, 2) as integer)), 6)
from {{ ref('answer') }} as a
inner join {{ ref('response') }} as r on a.id = r.id
where a.question = 'P01' and a.value <> '' and r.submitted_at < now()
