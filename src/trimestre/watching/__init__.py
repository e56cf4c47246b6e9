"""What is watched, who is told of it, and what was told: sources, figures, disks. Knows nothing of Airflow."""
