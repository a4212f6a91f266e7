"""Loading step functions from a code bundle."""

import json
import subprocess
import sys

import pytest
from fakes import spec_of
from msgspec.structs import replace

from zruntime.bundle import CodeBundle, bundle_beside, open_bundle
from zruntime.exceptions import BundleError


def write_bundle(folder, modules, code=()):
    folder.mkdir()
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    manifest = {
        "modules": list(modules),
        "steps": {f"step_{key}": key for key in code},
        "code": {key: _info() for key in code},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _info():
    return {"parts": {"function `f` in bundled.py": "d"}, "packages": ["numpy"]}


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_what_the_compiler_found_out_is_read(tmp_path):
    bundle = open_bundle(write_bundle(tmp_path / "b", {}, ["abc"]))
    info = bundle.code_info("step_abc")
    assert (info.digest, info.packages) == ("abc", ("numpy",))
    assert info.parts == {"function `f` in bundled.py": "d"}
    with pytest.raises(BundleError, match="does not belong to this DAG file"):
        bundle.code_info("other")


@pytest.mark.parametrize("name", ["../{}", "bundles/../../{}", "{}"])
def test_a_name_of_a_bundle_leads_to_no_other_folder(tmp_path, name):
    dags = tmp_path / "dags"
    (dags / "bundles").mkdir(parents=True)
    elsewhere = write_bundle(tmp_path / "elsewhere", {"bundled": "f = 1\n"})
    path = name.format(elsewhere.name) if ".." in name else str(elsewhere)
    with pytest.raises(BundleError, match="does not belong to this DAG file"):
        bundle_beside(dags, path)


def test_modules_of_other_bundles_are_not_mixed_up(tmp_path):
    folders = []
    for number in ("1", "2"):
        folder = write_bundle(
            tmp_path / number,
            {"bundled": "from helper import VALUE\n\nf = VALUE\n", "helper": f"VALUE = {number}\n"},
        )
        folders.append(folder)
    step = replace_entrypoint(spec_of("f"), "bundled:f")
    found = [CodeBundle(folder).load(step) for folder in folders]
    assert found == [1, 2]


def replace_entrypoint(step, entrypoint):
    return replace(step, entrypoint=entrypoint)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "is missing"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
    ],
    ids=["no manifest", "damaged manifest"],
)
def test_a_bundle_that_is_no_bundle_is_named_with_a_remedy(tmp_path, break_it, message):
    folder = write_bundle(tmp_path / "b", {})
    break_it(folder)
    with pytest.raises(BundleError, match=message) as raised:
        open_bundle(folder)
    assert str(folder) in str(raised.value)
    assert "zcompile" in raised.value.remedy


def test_a_missing_module_or_name_is_told(tmp_path):
    bundle = CodeBundle(write_bundle(tmp_path / "b", {"bundled": "f = 1\n"}))
    for entrypoint in ("bundled:g", "absent_module:f"):
        with pytest.raises(BundleError, match=f"has no `{entrypoint}`"):
            bundle.load(replace_entrypoint(spec_of("s"), entrypoint))


def test_a_missing_package_is_told_with_the_step_and_the_package(tmp_path):
    bundle = CodeBundle(write_bundle(tmp_path / "b", {"bundled": "import no_such_package\n"}))
    with pytest.raises(BundleError, match="Step `s` cannot be loaded") as raised:
        bundle.load(replace_entrypoint(spec_of("s"), "bundled:f"))
    assert "no_such_package" in raised.value.remedy


def test_an_error_of_the_module_stays_the_users(tmp_path):
    bundle = CodeBundle(write_bundle(tmp_path / "b", {"bundled": "[].nothing\n"}))
    with pytest.raises(AttributeError, match="nothing"):
        bundle.load(replace_entrypoint(spec_of("s"), "bundled:f"))


def test_a_script_that_runs_its_pipeline_is_loaded_without_running_it(tmp_path):
    source = (
        "from zcompile import pipeline, step\n"
        "@step\ndef s() -> int:\n    print('step called')\n    return 1\n"
        "@pipeline\ndef p():\n    s()\n"
        "p()\nprint(p.get_runs()[-1].get_step('s').output.read())\n"
    )
    folder = write_bundle(tmp_path / "b", {"bundled": source})
    program = (
        "from pathlib import Path; from zruntime.bundle import CodeBundle; "
        "from zruntime.spec import StepSpec; "
        f"CodeBundle(Path({str(folder)!r})).load(StepSpec('s', 's', 'bundled:s', 'c'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "step called" not in done.stdout
