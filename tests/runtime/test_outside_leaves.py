"""Where paths stand among parameters."""

from __future__ import annotations

from zruntime.outside.leaves import Leaf, filled, leaves, pointer, with_leaves

PARAMETERS = {
    "a": "x",
    "many": ["y", "z"],
    "pairs": [["p", 1], ["q", 2]],
    "by key": {"a/b": "m", "a~": "n", "a": None},
    "nested": {"a": "w"},
}
POINTERS = {
    "a": "file",
    "many/*": "folder",
    "pairs/*/0": "file",
    pointer("by key", "*"): "any",
    pointer("by key", "a/b"): "file",
    "nested/a": "file",
    "absent/*": "file",
}


def test_each_place_has_a_name_of_its_own() -> None:
    found = [*leaves(PARAMETERS, POINTERS)]
    assert found[:4] == [
        Leaf("a", "file", "x"),
        Leaf("many[0]", "folder", "y"),
        Leaf("many[1]", "folder", "z"),
        Leaf("pairs[0][0]", "file", "p"),
    ]
    names = ["['by key']['a/b']", "['by key']['a~']", "['by key']['a/b']", "nested.a"]
    assert [leaf.name for leaf in found[5:]] == names


def test_paths_are_replaced_and_all_else_stays() -> None:
    changed = with_leaves(PARAMETERS, POINTERS, lambda leaf: leaf.path.upper())
    assert changed == {
        "a": "X",
        "many": ["Y", "Z"],
        "pairs": [["P", 1], ["Q", 2]],
        "by key": {"a/b": "M", "a~": "N", "a": None},
        "nested": {"a": "W"},
    }
    assert PARAMETERS["a"] == "x"
    assert with_leaves(PARAMETERS, {}, lambda leaf: None) == PARAMETERS


def test_patterns_are_filled_with_parameters() -> None:
    values = {"a": "x", "many": [1, 2], "none": []}
    assert filled(["*.csv", "a{a}/{many}{a}{many}.[{]a}"], values) == [
        "*.csv",
        "ax/1x1.[{]a}",
        "ax/2x2.[{]a}",
    ]
    assert filled(["{none}/*.csv"], values) == []
