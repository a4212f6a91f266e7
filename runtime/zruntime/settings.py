"""Settings of the runtime, from environment variables that start with ``ZCOMPILE_``."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from zruntime.exceptions import PipelineConfigurationError, StoreError
from zruntime.project import find_project_root
from zruntime.store import LocalStore, MemoryStore
from zruntime.store.errors import check_writable, is_unwritable

_LOG: Final = logging.getLogger("zruntime")

PREFIX = "ZCOMPILE_"


class Settings(BaseModel):
    """All settings; each is read from an environment variable of its name in capitals.

    pydantic-settings would do the same, and take 57 ms to import in every task.
    """

    model_config = ConfigDict(frozen=True)

    store: Path | None = Field(
        default=None,
        description="Folder of the local store. By default `zcompile` in `AIRFLOW_HOME` where that "
        "is set, else `.zcompile` in the project's folder.",
    )
    remote: str | None = Field(
        default=None,
        repr=False,
        description="URL of a store that several hosts share, such as `s3://bucket/folder` or "
        "`file:///mnt/share`; the local store then holds copies. Needs `zcompile[s3]`, or "
        "`zcompile[remote]` and what the protocol needs.",
    )
    signing_key: SecretStr | None = Field(
        default=None,
        description="Secret by which stored results are signed; results without its signature are "
        "not used.",
    )

    files: Path | None = Field(
        default=None,
        description="Folder that relative paths of the files which steps declare are relative to. "
        "By default the project's folder; in Airflow the one above the DAG file's.",
    )
    cache_func_timeout: float = Field(
        default=60.0,
        gt=0,
        description="Seconds that a step's `cache_func` may take, 60 by default; after that the "
        "step is executed, and its result is not kept for later runs.",
    )

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings of this process; a variable that is empty counts as unset.

        Raises:
            PipelineConfigurationError: if a variable has a wrong value.
        """
        return _settings(tuple(map(os.environ.get, _VARIABLES)))


_VARIABLES: Final = tuple(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)


@lru_cache(maxsize=1)
def _settings(values: tuple[str | None, ...]) -> Settings:
    found = zip(Settings.model_fields, values, strict=True)
    try:
        return Settings.model_validate({name: value for name, value in found if value})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise PipelineConfigurationError(
            f"{PREFIX}{str(wrong['loc'][0]).upper()} is {wrong['input']!r}: {wrong['msg']}.",
            remedy="Correct or unset this environment variable.",
            code="ZC370",
        ) from None


def store_folder(start: Path | None = None) -> Path:
    """The folder of the local store.

    Args:
        start: A file or folder of the project; by default the script that runs, or the working
            folder.
    """
    configured = Settings.from_environment().store
    if configured is not None:
        return configured.expanduser().absolute()
    home = os.environ.get("AIRFLOW_HOME")
    if home:
        return Path(home).expanduser().absolute() / "zcompile"
    return find_project_root(start or _running_script()) / ".zcompile"


def files_folder(default: Path) -> Path:
    """The folder that relative paths of declared files are relative to.

    Args:
        default: The one where the settings name none.
    """
    configured = Settings.from_environment().files
    return default if configured is None else configured.expanduser().absolute()


def open_store(start: Path | None = None) -> LocalStore:
    """Opens the store that the settings name; see `store_folder`.

    Raises:
        StoreError: if the folder or the remote store cannot be used.
    """
    return open_folder(store_folder(start))


_kept: tuple[Path, Settings, LocalStore] | None = None


def kept_store(start: Path | None = None) -> LocalStore:
    """The same as `open_store`, for one run after the other: the last store stays open until then.

    SQLite moves its log into the database when it is closed, which takes longer than twenty hits.

    Raises:
        StoreError: if the folder or the remote store cannot be used.
    """
    global _kept
    folder, settings = store_folder(start), Settings.from_environment()
    if _kept is not None:
        if _kept[:2] == (folder, settings) and _kept[2].is_whole():
            return _kept[2]
        _kept[2].close()
    store = open_folder(folder)
    _kept = (folder, settings, store) if store.root == folder else None
    return store


def open_folder(folder: Path) -> LocalStore:
    """Opens the store in a folder of this machine, with the remote store and the signing key of
    the settings.

    Where the disk is full or read-only, or a permission is missing, steps can still be computed:
    a warning is logged, and a temporary folder takes its place until this process ends.

    Raises:
        StoreError: if the folder or the remote store cannot be used.
    """
    try:
        check_writable(folder)
        return _open(folder)
    except StoreError as error:
        if not is_unwritable(error):
            raise
        _LOG.warning("%s Until then nothing is found there, and results are not kept.", error)
        return _open(_spare_folder(folder))


def _open(folder: Path) -> LocalStore:
    settings = Settings.from_environment()
    secret = settings.signing_key
    signing_key = secret.get_secret_value().encode() if secret else None
    if settings.remote is None:
        return LocalStore(folder, signing_key)
    from zruntime.store.remote import Remote
    from zruntime.store.tiered import TieredStore

    return TieredStore(folder, Remote(settings.remote), signing_key)


@cache
def _spare_folder(folder: Path) -> Path:
    spare, owner = Path(tempfile.mkdtemp(prefix="zcompile-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(spare, ignore_errors=True)

    atexit.register(remove)
    return spare


def store_to_read(start: Path | None = None) -> LocalStore | MemoryStore:
    """Opens the store if there is one, or else an empty one; makes no folder for it then.

    Raises:
        StoreError: if the folder cannot be used.
    """
    folder = store_folder(start)
    if folder.exists() or Settings.from_environment().remote:
        return open_folder(folder)
    return MemoryStore()


def _running_script() -> Path:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file is None or Path(file).absolute().is_relative_to(sys.prefix):
        return Path.cwd()
    return Path(file).absolute()
