"""The only package that may import Airflow: timetable, connection types, launcher, the local Airflow.

Nothing is imported here: Airflow loads ``provider`` while it is itself being imported.
"""
