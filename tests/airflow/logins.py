"""Users of the tests' Airflow, in which everybody without a login is an administrator.

Airflow 3.1 has its pages alone log such visitors in, by way of its first page.
"""

from __future__ import annotations

import time

import jwt
from devtools.airflow_server import AirflowServer
from playwright.sync_api import BrowserContext


def token(airflow: AirflowServer, role: str | None = "admin") -> str:
    """What Airflow's login gives a user of that role."""
    secret = airflow.environment()["AIRFLOW__API_AUTH__JWT_SECRET"]
    now = int(time.time())
    claims = {"sub": "somebody", "role": role, "aud": "apache-airflow", "jti": f"page-{role}"}
    return jwt.encode({**claims, "iat": now, "nbf": now, "exp": now + 600}, secret, "HS512")


def log_in(browser: BrowserContext, airflow: AirflowServer, role: str = "admin") -> None:
    """Gives a browser the cookie of a user of that role, which newer versions pass over."""
    browser.add_cookies([{"name": "_token", "value": token(airflow, role), "url": airflow.url}])
