"""Secrets: given by reference only, and read where the step runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from compiling import write_files, zcompile
from projects import Project

from zcompile import secret
from zcompile.compiling import ANALYSIS, compile_source
from zcompile.config.schema import schema
from zcompile.exceptions import SecretError, StepInterfaceError
from zcompile.program import Program, Source
from zruntime.airflow.overrides import with_parameters
from zruntime.records import Records
from zruntime.secrets import EnvironmentSecrets, parse_address, resolved
from zruntime.spec import StepSpec
from zruntime.store import LocalStore

VALUE = "hunter2-hunter2"

STEPS = """\
from typing import Any, Optional

from pydantic import BaseModel, SecretBytes, SecretStr

from zcompile import BaseStepConfig, pipeline, secret, step


class Login(BaseModel):
    user: str
    password: SecretStr


class Config(BaseStepConfig):
    token: SecretStr = secret("env:TOKEN_OF_THE_TEST")
    key: Optional[SecretBytes] = None
    logins: list[Login] = []
    name: str = "a"


@step
def use(config: Config, other: Optional[SecretStr] = None) -> dict[str, Any]:
    return {
        "length": len(config.token.get_secret_value()),
        "key": config.key and len(config.key.get_secret_value()),
        "logins": [len(login.password.get_secret_value()) for login in config.logins],
        "other": other and len(other.get_secret_value()),
        "shown": str(config.token),
    }


@pipeline
def p():
    use({call})
"""


def source(call: str = "") -> str:
    return STEPS.replace("{call}", call)


def compiled(folder: Path, config: str = "{}", call: str = "", **replaced: str) -> Program:
    text = source(call)
    for old, new in replaced.items():
        assert OLD[old] in text
        text = text.replace(OLD[old], new)
    write_files(folder, {"pipeline.py": text, "config.yaml": config})
    return compile_source(Source(folder / "pipeline.py", (folder / "config.yaml",)))


OLD = {"default": '= secret("env:TOKEN_OF_THE_TEST")', "other": "other: Optional[SecretStr] = None"}

PARAMETERS = "steps:\n  use:\n    parameters:\n      "


@pytest.mark.parametrize(
    ("config", "call", "parameters"),
    [
        ("{}", "", {"token": "${secret:env:TOKEN_OF_THE_TEST}"}),
        (f"{PARAMETERS}token: ${{secret:variable:a.b}}", "", {"token": "${secret:variable:a.b}"}),
        (f"{PARAMETERS}key: ${{secret:connection:db}}", "", {"key": "${secret:connection:db}"}),
        (
            "{}",
            "token=secret('connection:db:extra.token')",
            {"token": "${secret:connection:db:extra.token}"},
        ),
        ("{}", "Config(key=secret('env:KEY'))", {"key": "${secret:env:KEY}"}),
        ("{}", "other=secret('env:OTHER')", {"other": "${secret:env:OTHER}"}),
        (
            f"{PARAMETERS}logins: [{{user: a, password: '${{secret:env:PW}}'}}]",
            "",
            {"logins": [{"user": "a", "password": "${secret:env:PW}"}]},
        ),
    ],
)
def test_a_reference_enters_the_dag_file(
    config: str, call: str, parameters: dict[str, Any], tmp_path: Path
) -> None:
    program = compiled(tmp_path, config, call)
    assert not program.diagnostics
    (node,) = program.variants[0].traced.nodes
    assert {name: node.parameters[name] for name in parameters} == parameters
    text = program.files["p.py"].decode()
    assert "${secret:" in text
    assert '"use.name": Param' in text
    assert not any(f'"use.{name}": Param' in text for name in ("token", "key", "logins", "other"))


LITERALS = [
    (f"{PARAMETERS}token: {VALUE}", "", "config.yaml", 4),
    (f"{PARAMETERS}token: '{{{{ var.value.token }}}}'", "", "config.yaml", 4),
    (f"{PARAMETERS}logins: [{{user: a, password: {VALUE}}}]", "", "config.yaml", 4),
    ("{}", f"token='{VALUE}'", "pipeline.py", 33),
    ("{}", f"Config(token='{VALUE}')", "pipeline.py", 33),
    ("{}", f"Config(key=b'{VALUE}')", "pipeline.py", 33),
    ("{}", f"other='{VALUE}'", "pipeline.py", 33),
    (f"{PARAMETERS}token: ${{secret:vault:token}}", "", "config.yaml", 4),
]


@pytest.mark.parametrize(("config", "call", "file", "line"), LITERALS)
def test_a_literal_is_refused_and_not_shown(
    config: str, call: str, file: str, line: int, tmp_path: Path
) -> None:
    program = compiled(tmp_path, config, call)
    (error,) = program.diagnostics
    assert error.code == "ZC350"
    assert error.place is not None
    assert (Path(error.place.file).name, error.place.line) == (file, line)
    assert VALUE not in error.message + error.advice
    assert "env:NAME" in error.advice
    assert not program.files


def test_a_variable_of_the_compilers_environment_is_a_literal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_TEST", VALUE)
    (error,) = compiled(tmp_path, f"{PARAMETERS}token: ${{env:TOKEN_OF_THE_TEST}}").diagnostics
    assert error.code == "ZC350"
    assert VALUE not in str(error)


def test_a_literal_of_the_command_line_is_refused(tmp_path: Path) -> None:
    compiled(tmp_path)
    result = zcompile("plan", tmp_path / "pipeline.py", "--set", f"use.token={VALUE}")
    assert (result.code, "ZC350" in result.err) == (1, True)


@pytest.mark.parametrize(
    "replaced",
    [
        {"default": f'= SecretStr("{VALUE}")'},
        {"default": f'= "{VALUE}"'},
        {"other": f'other: SecretStr = SecretStr("{VALUE}")'},
        {"other": f'other: SecretStr = "{VALUE}"'},
    ],
)
def test_a_default_that_is_a_secret_is_refused(replaced: dict[str, str], tmp_path: Path) -> None:
    (error,) = compiled(tmp_path, **replaced).diagnostics
    assert error.code == "ZC352"
    assert VALUE not in error.message + error.advice
    assert error.place is not None
    assert Path(error.place.file).name == "pipeline.py"


def test_a_wrong_value_of_a_secret_is_not_shown(tmp_path: Path) -> None:
    (error,) = compiled(tmp_path, f"{PARAMETERS}token: [{VALUE}]").diagnostics
    assert error.code == "ZC311"
    assert VALUE not in error.message


def test_a_reference_in_a_plain_field_is_refused(tmp_path: Path) -> None:
    (error,) = compiled(tmp_path, f"{PARAMETERS}name: ${{secret:env:A}}").diagnostics
    assert error.code == "ZC351"
    assert "SecretStr" in error.advice


@pytest.mark.parametrize(
    "address", ["", "A", "env:", "env:a-b", "vault:a", "connection:a:b", "x:y"]
)
def test_a_wrong_address(address: str) -> None:
    with pytest.raises(StepInterfaceError, match="no address of a secret"):
        secret(address)


def test_the_value_is_read_where_the_step_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_TEST", VALUE)
    monkeypatch.setenv("KEY", VALUE)
    call = "Config(key=secret('env:KEY'), logins=[Login(user='a', password=secret('env:KEY'))])"
    module = project.load(source(f"{call}, other=secret('env:KEY')"))
    step = module.p().get_step("use")
    length = len(VALUE)
    assert step.output.read() == {
        "length": length,
        "key": length,
        "logins": [length],
        "other": length,
        "shown": "**********",
    }
    assert step.parameters["token"] == "${secret:env:TOKEN_OF_THE_TEST}"
    for file in project.store.rglob("*"):
        assert not file.is_file() or VALUE.encode() not in file.read_bytes()
    assert VALUE not in caplog.text
    monkeypatch.setenv("TOKEN_OF_THE_TEST", "another one")
    assert module.p().get_step("use").is_cached


@pytest.mark.parametrize("parameter", ["name", "token", "other"])
def test_a_run_takes_no_secret_into_a_plain_parameter(parameter: str, project: Project) -> None:
    """A person may name one in the trigger form, where no compiler sees it."""
    module = project.load(source())
    spec = StepSpec("use", "use", "pipeline:use", "code", parameters={"name": "a", "other": None})
    values = {**spec.parameters, parameter: "${secret:env:ANOTHER}"}
    if parameter == "name":
        with pytest.raises(StepInterfaceError, match="its type is not that of one"):
            with_parameters(spec, module.use, values, {})
    else:
        assert (
            with_parameters(spec, module.use, values, {}).parameters[parameter] == values[parameter]
        )


@pytest.mark.parametrize("shown", ["{}", "{!r}", "in {} and {}"])
def test_an_error_is_recorded_without_the_secret_in_it(
    shown: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = 'it\'s a "secret" of\ntwo lines'
    monkeypatch.setenv("TOKEN_OF_THE_TEST", value)
    start = f"token = config.token.get_secret_value()\n    text = {shown!r}.format(token, token)\n"
    start += "    raise ValueError(text)\n"
    module = project.load(source().replace("return {\n", f"{start}    return {{\n"))
    with pytest.raises(ValueError, match="secret"):
        module.p()
    with LocalStore(project.store) as store:
        error = next(Records(store).runs("p")).steps[0].error
    assert "***" in error
    assert "secret" not in error
    for file in project.store.rglob("*"):
        assert not file.is_file() or b"two lines" not in file.read_bytes()


def test_a_secret_that_is_not_there(project: Project) -> None:
    module = project.load(source())
    with pytest.raises(SecretError, match="TOKEN_OF_THE_TEST"):
        module.p()


def test_a_secret_of_airflow_is_not_known_outside_of_it() -> None:
    reference = parse_address("variable:a")
    assert reference is not None
    with pytest.raises(SecretError, match="kept by Airflow"):
        EnvironmentSecrets({}).resolve(reference)


def test_only_whole_texts_are_references() -> None:
    data = {"a": ["${secret:env:A}", "x ${secret:env:A}"], "${secret:env:A}": 1}
    assert resolved(data, EnvironmentSecrets({"A": "v"})) == {
        "a": ["v", "x ${secret:env:A}"],
        "${secret:env:A}": 1,
    }


def test_the_schema_wants_a_reference(tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": source()})
    found = schema([compile_source(Source(tmp_path / "pipeline.py"), ANALYSIS)])
    step = found["properties"]["steps"]["properties"]["use"]
    token = step["properties"]["parameters"]["properties"]["token"]
    assert token["pattern"] == r"^\$\{secret:.+\}$"
