"""Why a key was missed, in words."""

import json
import platform
from importlib.metadata import version

import pytest
from msgspec.structs import replace

from zruntime.distributions import installed_version
from zruntime.keys import describe_parts, explain, key_parts
from zruntime.spec import OutputRef, StepSpec
from zruntime.store import ArtifactRef

STEP = StepSpec(
    name="step_2",
    function="train",
    entrypoint="pipeline:train",
    code="c1",
    code_parts={"function `train` in pipeline.py": "a", "function `scale` in features.py": "b"},
    packages=("pytest",),
    parameters={"gamma": 0.001},
    inputs={"X": OutputRef("step_1", "X")},
    outputs={"output": "float"},
)
X = ArtifactRef("d" * 64, 8, "numpy:ndarray", "numpy/1")


def described(step=STEP, x=X, run="run_1"):
    parts = key_parts(step, {"X": x})
    return describe_parts(step, parts, {"X": {"step": "step_1", "run": run}})


def changed(**fields):
    return replace(STEP, **fields)


def why(now, former):
    return explain(now, former).text


def test_versions_are_those_of_this_environment():
    parts = key_parts(STEP, {"X": X})
    minor = ".".join(platform.python_version_tuple()[:2])
    assert parts.packages == {"python": minor, "pytest": version("pytest")}
    assert installed_version("no-such-distribution") == "not installed"


def test_an_input_counts_by_its_content_and_the_code_of_its_classes():
    with_code = ArtifactRef(X.digest, X.size, X.type, X.materializer, code="f" * 64)
    renamed = ArtifactRef(X.digest, X.size, X.type, X.materializer, metadata={"shape": [1]})
    assert key_parts(STEP, {"X": X}).inputs == key_parts(STEP, {"X": renamed}).inputs
    assert key_parts(STEP, {"X": X}).inputs != key_parts(STEP, {"X": with_code}).inputs


def test_a_first_run_says_so():
    assert why(described(), []) == "first run of this step"


def test_a_changed_helper_is_named_with_its_file():
    parts = {**STEP.code_parts, "function `scale` in features.py": "z"}
    now = described(changed(code="c2", code_parts=parts))
    assert why(now, [described()]) == "code: function `scale` in features.py changed"


def test_new_and_unused_helpers_are_named():
    parts = {"function `train` in pipeline.py": "a", "value `FACTOR` in features.py": "n"}
    reason = why(described(changed(code="c2", code_parts=parts)), [described()])
    assert "function `scale` in features.py is no longer used" in reason
    assert "value `FACTOR` in features.py is new" in reason


def test_a_parameter_is_shown_with_both_values():
    assert (
        why(described(changed(parameters={"gamma": 0.01})), [described()])
        == "parameter gamma 0.001 -> 0.01"
    )


def test_equal_values_of_other_types_are_told_apart():
    former = described(changed(parameters={"n": 1}))
    for value in (1.0, True, "1"):
        now = described(changed(parameters={"n": value}))
        assert why(now, [former]) == f"parameter n 1 -> {value!r}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"b": 1, "a": [2]}, {"a": [2], "b": 3}, "options.b 1 -> 3"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": "2"}]}, "options.a[1].b 2 -> '2'"),
        ({"a": 1, "b": 2}, {"a": 3, "c": 2}, "options.a 1 -> 3, options.b 2 -> unset"),
        ([1, 2], [1, 2, 3], "options [1, 2] -> [1, 2, 3]"),
        ({"a": None}, {}, "options {'a': None} -> {}"),
        (None, False, "options unset -> False"),
        ("x" * 90 + "a", "x" * 90 + "b", f"options ...{'x' * 20}a' -> ...{'x' * 20}b'"),
        ({str(n): n for n in range(9)}, {str(n): -n for n in range(9)}, "options {'0': 0, '1': 1"),
    ],
)
def test_a_parameter_tells_the_innermost_items_that_differ(old, new, told):
    former = json.loads(json.dumps(described(changed(parameters={"options": old})), sort_keys=True))
    now = described(changed(parameters={"options": new}))
    assert why(now, [former]).startswith(f"parameter {told}")
    assert why(now, [json.loads(json.dumps(now, sort_keys=True))]) == "its stored result is gone"


def test_an_input_names_who_made_it():
    other = ArtifactRef("e" * 64, 8, "numpy:ndarray", "numpy/1")
    assert (
        why(described(x=other, run="run_7"), [described()])
        == "input X changed (made by step_1 in run run_7)"
    )


def test_other_parts_are_named():
    reason = why(
        described(changed(outputs={"output": "int"}, cache_version="2", packages=())),
        [described()],
    )
    assert "type of the output float -> int" in reason
    assert "cache_version unset -> '2'" in reason
    assert f"package pytest {version('pytest')} -> no longer used" in reason


def test_the_nearest_former_result_is_compared():
    far = described(changed(code="c0", parameters={"gamma": 5}))
    near = described(changed(parameters={"gamma": 0.01}))
    assert why(described(), [near, far]) == "parameter gamma 0.01 -> 0.001"


def test_a_result_that_is_gone_is_no_change():
    assert why(described(), [described()]) == "its stored result is gone"
