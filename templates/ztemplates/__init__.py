"""The Jinja2 templates of a generated DAG."""
