"""The web pages, with and without Airflow: the bundles that browsers load, and their data."""
