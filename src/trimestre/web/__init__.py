"""The page in Airflow's menu: a FastAPI app that knows nothing of Airflow; who asks is told by whoever mounts it."""
