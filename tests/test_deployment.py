"""docker-compose.yml: what must hold of it, and the .env that it reads."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from devtools import env_file
from devtools.cluster import Cluster
from devtools.cluster.compose import services

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
INIT = "airflow-init"
LASTING = sorted(SERVICES.keys() - {INIT})
AIRFLOW = sorted(SERVICES.keys() - {"postgres", "redis"})
SECRET = re.compile(r"PASSWORD|SECRET|_KEY|CONN|BROKER|BACKEND|AUTH$")


def environments() -> Iterator[tuple[str, str, str]]:
    """Services, variables and values; not those that are passed through if somebody sets them."""
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if value is not None:
                yield name, variable, value


def test_the_services_are_those_of_a_celery_deployment() -> None:
    assert sorted(SERVICES) == [
        INIT,
        "api-server",
        "dag-processor",
        "postgres",
        "redis",
        "scheduler-1",
        "scheduler-2",
        "triggerer",
        "worker-1",
        "worker-2",
    ]
    for name in ("api-server", "dag-processor", "triggerer"):
        assert SERVICES[name]["command"] == name
    for name in ("scheduler-1", "scheduler-2"):
        assert SERVICES[name]["command"] == "scheduler"
    for name in ("worker-1", "worker-2"):
        assert SERVICES[name]["command"] == "celery worker"
    for name in AIRFLOW:
        assert SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


def test_nothing_is_published_beyond_this_host() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)
    assert not any("network_mode" in service for service in SERVICES.values())


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_has_a_health_check_and_is_restarted(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"]
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_limits_and_its_output_does_not_fill_the_disk(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[MG]", limits["memory"])
    assert SERVICES[name]["logging"] == {"driver": "local"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_runs_as_root(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in ("", "0", "root")
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_services_wait_for_what_they_need() -> None:
    for name in AIRFLOW:
        conditions = {n: d["condition"] for n, d in SERVICES[name]["depends_on"].items()}
        assert conditions["postgres"] == "service_healthy"
        if name != INIT:
            assert conditions["redis"] == "service_healthy"
            assert conditions[INIT] == "service_completed_successfully"
        if name.startswith("worker"):
            assert conditions["api-server"] == "service_healthy"


def test_every_secret_comes_from_the_env_file() -> None:
    used = set()
    for name, variable, value in environments():
        references = re.findall(r"\$\{(\w+):\?run make env\}", value)
        used.update(references)
        is_secret = SECRET.search(variable) and variable != "AIRFLOW__CORE__AUTH_MANAGER"
        assert bool(references) == bool(is_secret), f"{name}: {variable}"
    assert used == set(env_file.COMPOSE_VALUES)


def test_dags_are_read_only_and_logs_and_the_remote_store_are_shared() -> None:
    for name in AIRFLOW:
        mounts = SERVICES[name]["volumes"]
        assert "./dags:/opt/airflow/dags:ro" in mounts
        assert "logs:/opt/airflow/logs" in mounts
        assert "remote:/opt/airflow/remote" in mounts


def test_each_worker_has_a_local_store_of_its_own() -> None:
    stores = []
    for name in ("worker-1", "worker-2"):
        folder = SERVICES[name]["environment"]["ZCOMPILE_STORE"]
        stores += [mount for mount in SERVICES[name]["volumes"] if mount.endswith(f":{folder}")]
    assert stores == ["store-1:/opt/airflow/zcompile", "store-2:/opt/airflow/zcompile"]


def test_every_volume_is_declared_and_what_must_last_is_on_one() -> None:
    used = {
        mount.partition(":")[0]
        for service in SERVICES.values()
        for mount in service["volumes"]
        if not mount.startswith("./")
    }
    assert used == COMPOSE["volumes"].keys()
    assert {"postgres", "redis", "logs", "remote"} <= used


@pytest.mark.parametrize("name", AIRFLOW)
def test_the_remote_store_is_a_volume_unless_one_variable_names_another(name: str) -> None:
    def remote(**values: str) -> str:
        secrets = {**dict.fromkeys(env_file.COMPOSE_VALUES, "secret"), **values}
        found = services(ROOT / "docker-compose.yml", secrets)[name]
        assert found.environment["ZCOMPILE_SIGNING_KEY"] == "secret"
        return found.environment["ZCOMPILE_REMOTE"]

    assert remote() == "file:///opt/airflow/remote"
    assert remote(ZCOMPILE_REMOTE="s3://bucket/cache") == "s3://bucket/cache"


def test_metrics_are_off_until_one_variable_switches_them_on() -> None:
    secrets = dict.fromkeys(env_file.COMPOSE_VALUES, "secret")
    for variable in ("STATSD_ON", "OTEL_ON"):
        for value in ("false", "true"):
            chosen = {} if value == "false" else {variable: value}
            found = services(ROOT / "docker-compose.yml", {**secrets, **chosen})
            assert found["worker-1"].environment[f"AIRFLOW__METRICS__{variable}"] == value


def test_a_missing_secret_is_told_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"_PASSWORD is not set: run make env"):
        services(ROOT / "docker-compose.yml", {})


def test_docker_compose_accepts_the_file() -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("needs docker-compose: apt-get install docker-compose")
    secrets = dict.fromkeys(env_file.COMPOSE_VALUES, "secret")
    command = [compose, "--project-directory", str(ROOT), "config"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **secrets}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    parsed = yaml.safe_load(done.stdout)["services"]
    ours = services(ROOT / "docker-compose.yml", secrets)
    assert parsed.keys() == ours.keys()
    for name, service in ours.items():
        kept = {key: value for key, value in parsed[name]["environment"].items() if value}
        assert {key: value.replace("$$", "$") for key, value in kept.items()} == service.environment


def test_the_services_of_a_cluster_find_each_other_on_this_machine(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "cluster", ROOT / "dags")
    for name in cluster.names:
        for variable, value in cluster.environment(name).items():
            if variable in SERVICES[name].get("environment", {}):
                assert "/opt/airflow" not in value
                assert not re.search(r"(//|@)(api-server|postgres|redis)[:/]", value)
    for name in ("api-server", "worker-1", "worker-2"):
        home = cluster.folder / "homes" / name
        assert cluster.store(name) == home / "zcompile"
        assert cluster.environment(name)["ZCOMPILE_REMOTE"] == (home / "remote").as_uri()


def test_the_airflow_settings_exist() -> None:
    known = _airflow_settings()
    for _, variable, _ in environments():
        if variable.startswith("AIRFLOW__") and not variable.startswith("AIRFLOW__CELERY__"):
            assert variable in known


def test_the_image_is_that_of_the_locked_airflow() -> None:
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert locked
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"FROM apache/airflow:{locked[1]}\n" in dockerfile
    assert "USER root" not in dockerfile


def test_the_image_gets_no_secret_and_all_that_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignored
    assert "!.env" not in ignored
    copied = re.findall(r"^COPY \S+ (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    sources = " ".join(copied).split()
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def test_make_env_writes_one_private_file_once(tmp_path: Path) -> None:
    (tmp_path / "devtools").symlink_to(ROOT / "devtools")
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    first = _make_env(tmp_path)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert _make_env(tmp_path) == first
    assert first.keys() == env_file.COMPOSE_VALUES.keys()
    assert len(set(first.values())) == len(first)
    assert all(len(value) >= 32 for value in first.values())


def test_an_env_file_that_lacks_a_value_is_reported(tmp_path: Path) -> None:
    (tmp_path / "devtools").symlink_to(ROOT / "devtools")
    (tmp_path / ".env").write_text("REDIS_PASSWORD=mine\n")
    result = subprocess.run(
        [sys.executable, "-m", "devtools.env_file"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "lacks POSTGRES_PASSWORD" in result.stderr
    assert (tmp_path / ".env").read_text() == "REDIS_PASSWORD=mine\n"


def _make_env(folder: Path) -> Mapping[str, str]:
    subprocess.run(["make", "env"], cwd=folder, check=True, capture_output=True)
    lines = (folder / ".env").read_text().splitlines()
    assert sorted(path.name for path in folder.iterdir()) == [".env", "Makefile", "devtools"]
    return dict(line.split("=", 1) for line in lines)


def _airflow_settings() -> set[str]:
    """Names of the environment variables that set Airflow's own options."""
    from airflow.configuration import conf

    sections = conf.configuration_description
    return {
        f"AIRFLOW__{section}__{option}".upper()
        for section, description in sections.items()
        for option in description["options"]
    }
