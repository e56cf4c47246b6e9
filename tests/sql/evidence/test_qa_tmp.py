import time
from datetime import UTC, datetime
from trimestre.pipeline import night
def test_night(demo_plant):
    p = demo_plant.plant
    for s in p.source_codes():
        t=time.time(); m = night.ingest(p, s, datetime(2020,7,10,tzinfo=UTC)); print(s, m.quarters, round(time.time()-t,2))
    import sqlalchemy as sa
    t=time.time()
    from trimestre.indicators.computing import compute
    from trimestre.periods import Period
    for q in (1,2,3):
        c = compute(p.engine, p.project, Period(2020,q)); print(q, len(c.values), round(time.time()-t,2))
        for v in c.values:
            if v.disaggregation=='total': print(v.indicator, v.official, v.value, v.n, v.excluded, v.status, v.percent_of_target)
    with p.engine.connect() as c:
        print(c.execute(sa.text("select indicator,period,disaggregation,category,value from warehouse.reported_value")).all())
        print(c.execute(sa.text("select source, sex, count(*) from warehouse.account group by 1,2")).all())
        print(c.execute(sa.text("select source, dataset, position, landed_file_id from warehouse.certificate where position is not null order by random() limit 6")).all())
        print(c.execute(sa.text("select source, dataset, position, landed_file_id from warehouse.answer order by random() limit 3")).all())
        print(c.execute(sa.text("select source, dataset, position, landed_file_id from warehouse.attendance order by random() limit 3")).all())
