"""What tasks need: who forks them imports this before, so that none has to import it anew.

A scheduler does so through `preload`, Celery's workers through their setting `imports`.
"""

from contextlib import suppress

from zruntime.airflow import dagrun, taskrun  # noqa: F401
from zruntime.settings import Settings

with suppress(Exception):  # the task that needs it tells what is wrong
    if remote := Settings.from_environment().remote:
        from fsspec.core import get_filesystem_class

        from zruntime.store import tiered  # noqa: F401

        get_filesystem_class(remote.partition("://")[0])
