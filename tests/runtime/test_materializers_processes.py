"""Equal values give equal bytes in every process, whatever its hash seed and its script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

DIGESTS = """
import dataclasses, enum, json
import numpy as np, pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore

class Color(enum.Enum):
    RED = "red"

@dataclasses.dataclass
class Point:
    tags: set
    color: Color

class Bag:
    def __init__(self, **items):
        self.__dict__.update(items)

def scale(value):
    return 2 * value

def values():
    words = {f"word {number}" for number in range(50)}
    features, labels = load_digits(return_X_y=True)
    features, labels = features[:200], labels[:200].astype(str)
    return {
        "json": {"words": words, "pairs": frozenset((word, None) for word in words)},
        "dataclass": Point(words, Color.RED),
        "numpy": np.array(sorted(words)).reshape(5, 10).T,
        "arrow": pd.DataFrame({"word": sorted(words), "kind": pd.Categorical(["a", "b"] * 25)}),
        "pandas pickle": pd.Series([words, ["x"], Bag(words=words)]),
        "svc": SVC(gamma=0.001).fit(features, labels),
        "forest": RandomForestClassifier(n_estimators=10, random_state=0).fit(features, labels),
        "object": Bag(words=words, frozen=frozenset(words), call=scale, kind=Color, bag=Bag()),
    }

def digests():
    with MemoryStore() as store:
        refs = {name: store_value(store, value) for name, value in values().items()}
        again = {name: store_value(store, load_value(store, ref)) for name, ref in refs.items()}
    return {
        name: (ref.digest, again[name].digest, ref.type, ref.materializer)
        for name, ref in refs.items()
    }

if __name__ == "__main__":
    print(json.dumps(digests()))
"""


def run(folder: Path, seed: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_bytes_do_not_depend_on_hash_seed_script_or_history(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(DIGESTS)
    as_module = "import json, pipeline; print(json.dumps(pipeline.digests()))"
    as_script = run(tmp_path, "1", "pipeline.py")
    assert run(tmp_path, "2", "-c", as_module) == as_script
    assert [name for name, (fresh, again, *_) in as_script.items() if fresh != again] == []
    assert {name: written_by for name, (*_, written_by) in as_script.items()} == {
        "json": "json/1",
        "dataclass": "dataclass/1",
        "numpy": "numpy/1",
        "arrow": "pandas/1",
        "pandas pickle": "pandas-pickle/1",
        "svc": "sklearn/1",
        "forest": "sklearn/1",
        "object": "cloudpickle/1",
    }


SCRIPT = """
import sys
from pathlib import Path
from zruntime.materializers import load_value, store_value
from zruntime.store import ArtifactRef, LocalStore
import json

class Bag:
    def __init__(self, item):
        self.item = item

if __name__ == "__main__":
    ref = store_value(LocalStore(Path("store")), [Bag(print), Bag(Bag)])
    print(json.dumps(ref.to_json()))
"""

READER = """
import json, sys
from pathlib import Path
from zruntime.materializers import load_value
from zruntime.store import ArtifactRef, LocalStore

ref = ArtifactRef.from_json(json.loads(sys.argv[1]))
first, second = load_value(LocalStore(Path("store")), ref)
print(json.dumps([type(first).__module__, first.item is print, second.item is type(second)]))
"""


def test_another_process_reads_what_a_script_stored(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(SCRIPT)
    (tmp_path / "reader.py").write_text(READER)
    ref = run(tmp_path, "1", "pipeline.py")
    assert run(tmp_path, "2", "reader.py", json.dumps(ref)) == ["pipeline", True, True]
