"""Pinned digests: a change here makes every stored result a miss, and needs a new RECIPE."""

import pytest
from msgspec.structs import replace

from zruntime.hashing import (
    Hasher,
    KeyParts,
    combine,
    content_digest,
    digest_bytes,
    digest_value,
    encode,
    folder_digest,
    row_digest,
    row_signature,
    step_key,
    version_digest,
)

PINNED = [
    (None, "aaf8e0eb55edb2d0151b5854d2f79a0b4d83e6a09702b0b30c6c92ab69890095"),
    (True, "e668a46104fccb43e79295df7ebfc421d338fc51a9b3a3ffee4afe7b99a56d85"),
    (1, "8c6cea939aeb43e37c8ab066cb4cc9b8fb4ad3a85b82ace2f0f832ef5892151c"),
    (1.0, "bbabce7b5f1e2f85c21f8911edbf01bd4bb84b7231c87941a78e7c93baa4c29d"),
    ("1", "29751afefe5f683e9495df845cdda19728e9f9515212398b1bf0a717ea04ef9e"),
    (b"1", "4aff865d233c9c21cc41b1161d371732888c67233972fe2ac711544ec031cb8b"),
    ((1, "a"), "a1f95f98a447d8977a561178fb7e4071e73e4445b175a7e78a22e2327d17b08f"),
    ([1, "a"], "877d96129fb0d1e93a5ac90ed4a6d9b4168cb8b5e7cbbe60b78d5591329d8e60"),
    ({"b": 1, "a": [2.5]}, "bc4e016639e628cd3c12e28a092de902e503089f5b3d3042260f818af08631e0"),
    ({1, 2}, "ced66abe69f981c884c2b456937d81f66a334ff5bdcdbf65046d85dbd3f28118"),
    (frozenset({1, 2}), "05d287d5bbeff35d9507d4f30b0c66e8eda7f821efe564e48de2e11a6468f3c8"),
    (1j, "47b6edd8e2f58aedf9c30d0268d2bd2648ce4fdf3bfea27844fb456651c1bac3"),
]

FULL = KeyParts(
    code="c",
    packages={"python": "3.11", "numpy": "2.0"},
    parameters={"gamma": 0.001},
    inputs={"X": "d"},
    outputs={"output": "float"},
    cache_version="1",
    files={"a.csv": "f"},
)


@pytest.mark.parametrize(("value", "digest"), PINNED, ids=lambda item: repr(item)[:20])
def test_the_digest_of_plain_data_is_pinned(value, digest):
    assert digest_value(value) == digest


def test_the_key_is_pinned():
    assert step_key(FULL) == "e5cb4129bba733ad517446c76666a0044f87745ba5a1b5d30fb08aa91550b880"
    assert (
        step_key(KeyParts(code="c"))
        == "39efdccc37856fddc4ff0562cd58726882c554964881a140b2f886179866ca2d"
    )


def test_what_steps_depend_on_outside_is_pinned():
    assert (
        step_key(replace(FULL, answer=(None,)))
        == "7bfa9d54fe3f182a007afb809752406b197de2086903b1bbc65e9abf643c3cd1"
    )
    assert (
        folder_digest({"a": "f", "sub/": ""})
        == "68f57aa8c29d42743c577ae34618d05f1a5de63df4e7345741d746138d03fd15"
    )
    assert (
        version_digest("etag", "v1")
        == "c68a6547ecb186fc1b4008a0e58c35c6d2f234d9d09e6eb841e8e536cc837e80"
    )


def test_the_digests_of_artifacts_are_pinned():
    assert (
        digest_bytes(b"") == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    )  # blake3's own test vector
    assert content_digest("b") == "b"
    assert (
        content_digest("b", "c")
        == "ae0d0791595631a2bcc2afd4bef0484bd5cf9bbf4fbe564e2ede9e4f0c1d8607"
    )
    assert combine(["a", "b"]) == "424bde61d0750787337139007254d4f079feaf904f4ba8215af2e029b6c1466b"


def test_the_seals_of_rows_are_pinned():
    assert (
        row_digest("entry:k", "{}")
        == "757e425ca5adf9085e620bf2013f2655074644f75a69f784c0bcf5be52e806a8"
    )
    assert (
        row_signature(b"secret", "entry:k", "{}")
        == "caa1decf0afab95c2e3e9a1bb01e5cf680f840c8c3e5be0a3c2fa1d6023783ff"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "d"},
        {"packages": {"python": "3.11", "numpy": "2.1"}},
        {"parameters": {"gamma": 1}},
        {"inputs": {"X": "e"}},
        {"inputs": {"Y": "d"}},
        {"outputs": {"output": "int"}},
        {"cache_version": "2"},
        {"files": {"a.csv": "g"}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_part_of_a_key_counts(changed):
    fields = {name: getattr(FULL, name) for name in FULL.__struct_fields__}
    assert step_key(KeyParts(**{**fields, **changed})) != step_key(FULL)


def test_values_that_compare_equal_have_digests_of_their_own():
    alike = [1, 1.0, True, "1", b"1", (1,), [1], {1}, frozenset({1})]
    assert len({digest_value(value) for value in alike}) == len(alike)
    assert digest_value(("ab", "c")) != digest_value(("a", "bc"))
    assert digest_value((2, 3)) != digest_value((3, 2))


def test_the_order_of_dicts_and_sets_does_not_count():
    assert digest_value({"a": 1, "b": 2}) == digest_value({"b": 2, "a": 1})
    assert digest_value({"x", "y", "z"}) == digest_value({"z", "y", "x"})


@pytest.mark.parametrize("value", [object(), [object()], {"a": object()}, type("S", (str,), {})()])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError, match="cannot encode"):
        encode(value)


def test_bytes_are_hashed_while_they_pass():
    hasher = Hasher()
    hasher.update(b"spam")
    hasher.update(memoryview(b"eggs"))
    assert (hasher.hexdigest(), hasher.size) == (digest_bytes(b"spameggs"), 8)
