"""The web pages of the Airflow plugin: their API, and the bundles that browsers load."""
