"""What every built-in materializer does; a new one that is not among the cases fails here."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from materializer_cases import CASES, MISSING, Case
from msgspec.structs import replace

from zruntime.exceptions import ArtifactCorruptError, MaterializerError
from zruntime.formats import FORMATS
from zruntime.items import COLLECTED
from zruntime.materializers import load_value, materializer_named, store_value
from zruntime.materializers.registry import BUILT_IN
from zruntime.materializers.storing import METADATA_LIMIT
from zruntime.store import ArtifactRef, MemoryStore

KINDS = {"metric", "array", "table", "image", "text"}

LAST_RESORT = "cloudpickle/1"

every_format = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(name in MISSING, reason="torch is missing"))
        for name in CASES
    ],
)


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def stored_again(store: MemoryStore, ref: ArtifactRef, data: bytes) -> ArtifactRef:
    """The reference, to other bytes that count as undamaged."""
    with store.write_blob() as blob:
        blob.file.write(data)
    return replace(ref, digest=blob.digest, size=blob.size)


def test_every_built_in_format_is_among_the_cases() -> None:
    assert set(CASES) == set(BUILT_IN)


def test_the_formats_that_a_lookup_knows_are_those_that_can_be_read() -> None:
    assert {*BUILT_IN, COLLECTED} == FORMATS


@every_format
def test_examples_come_back_as_they_were(
    store: MemoryStore, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    case = CASES[name]
    with caplog.at_level(logging.WARNING):
        for value in case.examples():
            check_round_trip(store, name, case, value)
    assert name == LAST_RESORT or caplog.messages == []


@every_format
def test_drawn_values_come_back_as_they_were(store: MemoryStore, name: str) -> None:
    case = CASES[name]

    @settings(
        max_examples=case.drawn_examples, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case.drawn)
    def check(value: Any) -> None:
        check_round_trip(store, name, case, value)

    check()


def check_round_trip(store: MemoryStore, name: str, case: Case, value: Any) -> None:
    ref = store_value(store, value)
    assert ref.materializer == name
    assert ArtifactRef.from_json(json.loads(json.dumps(ref.to_json()))) == ref
    loaded = load_value(store, ref)
    assert case.same(loaded, value)
    if case.stable:
        assert store_value(store, loaded).digest == ref.digest


@every_format
def test_artifacts_are_described_and_previewed_in_few_bytes(store: MemoryStore, name: str) -> None:
    for value in CASES[name].examples():
        metadata = store_value(store, value).metadata
        assert len(json.dumps(metadata, allow_nan=False)) <= METADATA_LIMIT
        assert name == "path/1" or metadata["preview"]["kind"] in KINDS


@every_format
def test_truncated_artifacts_are_errors(store: MemoryStore, name: str) -> None:
    for value in CASES[name].examples():
        ref = store_value(store, value)
        data = store.blob(ref).read_bytes()
        for size in {0, 1, len(data) // 2, len(data) - 1}:
            broken = stored_again(store, ref, data[:size])
            with pytest.raises(MaterializerError, match=rf"{broken.digest[:12]}.*cannot be read"):
                load_value(store, broken)


@every_format
def test_changed_artifacts_are_errors(store: MemoryStore, name: str) -> None:
    ref = store_value(store, CASES[name].examples()[0])
    path = store.blob(ref)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    with pytest.raises(ArtifactCorruptError):
        load_value(store, ref)


@every_format
def test_artifacts_of_another_format_are_errors(store: MemoryStore, name: str) -> None:
    ref = store_value(store, CASES[name].examples()[0])
    for other in set(CASES) - MISSING - {name}:
        if (name, other) == ("numpy/1", "numpy-scalar/1"):
            continue  # the file of a scalar is that of an array without dimensions
        foreign = store_value(store, CASES[other].examples()[0])
        wrong = replace(ref, digest=foreign.digest, size=foreign.size)
        with pytest.raises(MaterializerError):
            load_value(store, wrong)


@every_format
def test_every_format_is_found_by_its_name(name: str) -> None:
    assert type(materializer_named(name)) is BUILT_IN[name]
    assert BUILT_IN[name].format_name() == name


@every_format
def test_large_arrays_are_mapped_into_memory(store: MemoryStore, name: str) -> None:
    make = CASES[name].large
    if make is None:
        pytest.skip("nothing in it is mapped")
    value = make()
    ref = store_value(store, value)
    assert ref.size >= 1 << 20
    loaded = load_value(store, ref)
    assert str(store.blob(ref)) in Path("/proc/self/maps").read_text()
    assert CASES[name].same(loaded, value)


def test_bytes_depend_on_no_hash_seed_and_process() -> None:
    runs = [digests(seed) for seed in ("1", "2")]
    assert runs[0].keys() == set(CASES) - MISSING
    assert [name for name in runs[0] if runs[0][name] != runs[1][name]] == []


def digests(seed: str) -> Any:
    script = Path(__file__).with_name("materializer_cases.py")
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
