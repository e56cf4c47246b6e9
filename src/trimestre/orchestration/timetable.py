"""The nightly timetable: cron, with the quarters of a run known only when it has run.

Registered by the entry point ``airflow.plugins``, since ``plugins/`` is not on the path of every process.
"""

from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.trigger import CronTriggerTimetable


class NightlyRuntimePartitions(CronTriggerTimetable):
    """A cron timetable whose runs name their partitions (quarters such as ``2020-Q2``) themselves.

    With the plain cron timetable a run started by hand could not be given a quarter, and with Airflow's
    ``PartitionedAtRuntime`` nothing would run at night: ``NightlyRuntimePartitions("0 3 * * *", timezone=…)``
    does both.
    """

    partitioned_at_runtime = True


class TrimestreTimetables(AirflowPlugin):
    """Tells Airflow the timetable, without which it could not store a DAG that uses it."""

    name = "trimestre_timetables"
    timetables = [NightlyRuntimePartitions]  # noqa: RUF012  # the name and type that Airflow reads
