select
    l.person,
    max(l.sex) as sex,
    max(l.institution) as institution,
    bool_or(a.passed and a.activity = 'M1') as m1,
    bool_or(a.passed and a.activity = 'M2') as m2,
    bool_or(a.passed and a.activity = 'M3') as m3,
    bool_or(a.passed and a.activity = 'M4') as m4,
    bool_or(a.passed and a.activity = 'cert') as cert
from {{ ref('learner') }} as l
left join {{ ref('activity_completion') }} as a on l.account = a.account
group by l.person
