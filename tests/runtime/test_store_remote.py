"""The store before a remote one: shared results, trust, and a remote that is down."""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import pytest
from fakes import Code, Function, first_time, pipeline_of, run, spec_of, states
from msgspec.structs import replace
from s3_server import Server, use_server

from zruntime.exceptions import ArtifactMissingError, StoreError
from zruntime.freshness import fresh_entry
from zruntime.hashing import digest_bytes
from zruntime.planning import plan_run
from zruntime.settings import open_folder
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer
from zruntime.store.fetched import SMALL, TINY
from zruntime.store.remote import Remote
from zruntime.store.sealing import seal
from zruntime.store.tiered import Pushed, TieredStore

SECRET = b"the signing key, which nobody may read"
CHAIN = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
    spec_of("shown", inputs={"x": "double.output"}, outputs={"output": "str"}),
)
NAMES = ("one", "double", "shown")


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A remote store that is empty."""
    if request.param == "file":
        return (tmp_path / "remote").as_uri()
    use_server(request.getfixturevalue("server").port, monkeypatch)
    bucket = f"bucket-{digest_bytes(str(tmp_path).encode())[:20]}"
    fsspec.filesystem("s3").mkdir(bucket)
    return f"s3://{bucket}/cache"


@pytest.fixture
def shared(tmp_path: Path) -> str:
    return (tmp_path / "remote").as_uri()


def files(url: str) -> dict[str, bytes]:
    """What lies in a remote store, by name."""
    system, root = fsspec.core.url_to_fs(url)
    system.invalidate_cache()
    found = system.find(root)
    return {path.removeprefix(f"{root}/"): system.cat_file(path) for path in found}


def change(url: str, name: str, content: bytes) -> None:
    """Writes to a remote store as somebody who may do so."""
    system, root = fsspec.core.url_to_fs(url)
    system.pipe_file(f"{root}/{name}", content)


def remove(url: str, name: str) -> None:
    """Removes a file from a remote store."""
    system, root = fsspec.core.url_to_fs(url)
    system.rm_file(f"{root}/{name}")


def worker(tmp_path: Path, name: str, url: str, secret: bytes | None = None) -> TieredStore:
    return TieredStore(tmp_path / name, Remote(url), secret)


def write(store: LocalStore, data: bytes) -> ArtifactRef:
    with store.write_blob() as blob:
        blob.file.write(data)
    return ArtifactRef(blob.digest, blob.size, "builtins.bytes", "bytes")


def entry_of(key: str, **outputs: ArtifactRef) -> Entry:
    return Entry(key, outputs, Producer("digits", "run 1", "step_1"), duration=0.5, created=1e9)


def code() -> Code:
    return Code(
        one=Function(lambda start: start),
        double=Function(lambda x: 2 * x),
        shown=Function(lambda x: str(x)),
    )


def calls(code: Code) -> int:
    return sum(len(function.calls) for function in code.functions.values())


# Sharing


def test_another_worker_takes_the_result_and_reads_its_artifact(url: str, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    with worker(tmp_path, "a", url) as first:
        entry = entry_of("k1", x=write(first, data), empty=write(first, b""))
        first.save(entry)
    with worker(tmp_path, "b", url) as second:
        assert second.lookup("k1") == entry
        assert second.lookup("k2") is None
        assert not [*(tmp_path / "b" / "cas").rglob("*")], "a hit downloads no artifact"
        assert second.blob(entry.outputs["x"]).read_bytes() == data
        assert second.blob(entry.outputs["empty"]).read_bytes() == b""


def test_a_small_artifact_that_a_lookup_found_is_at_hand(url: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", url) as first:
        content = b"s" * SMALL
        ref = write(first, content)
        first.save(entry_of("k1", x=ref))
    with worker(tmp_path, "b", url) as second:
        assert second.lookup("k1") is not None
        assert not [*(tmp_path / "b" / "cas").rglob("*")], "a hit writes no artifact"
        remove(url, f"cas/{ref.digest[:2]}/{ref.digest}")
        assert second.blob(ref).read_bytes() == content
        assert second.blob(ref).read_bytes() == content


def test_tiny_artifacts_come_with_the_one_request_for_their_entry_and_stay(
    shared: str, tmp_path: Path
) -> None:
    contents = [b"x", b"y" * TINY]
    with worker(tmp_path, "a", shared) as first:
        entry = entry_of("k1", x=write(first, contents[0]), y=write(first, contents[1]))
        first.save(entry)
    asked: list[str] = []
    for _ in range(2):
        with TieredStore(tmp_path / "b", Asked(shared, asked)) as second:
            assert second.lookup("k1") == entry
    found = [second.blob(ref).read_bytes() for ref in entry.outputs.values()]
    assert found == contents
    assert asked == ["ac/k1.jsonl"]


class Asked(Remote):
    """A remote store that notes what is read of it."""

    def __init__(self, url: str, asked: list[str]) -> None:
        super().__init__(url)
        self._asked = asked

    def read(self, name: str) -> bytes | None:
        self._asked.append(name)
        return super().read(name)

    def size(self, name: str) -> int:
        self._asked.append(name)
        return super().size(name)

    def download(self, name: str, target: BinaryIO, size: int) -> bool:
        self._asked.append(name)
        return super().download(name, target, size)


def test_the_layout_is_entries_by_key_and_artifacts_by_digest(url: str, tmp_path: Path) -> None:
    large = b"y" * (TINY + 1)
    with worker(tmp_path, "a", url) as store:
        refs = {"x": write(store, b"x"), "same": write(store, b"x"), "y": write(store, large)}
        store.save(entry_of("k1", **refs))
    found = files(url)
    x, y = (f"cas/{refs[name].digest[:2]}/{refs[name].digest}" for name in ("x", "y"))
    assert set(found) == {"ac/k1.jsonl", x, y}
    entry, *contents = map(json.loads, found["ac/k1.jsonl"].splitlines())
    assert entry["value"]["key"] == "k1"
    assert [base64.b64decode(content) for content in contents] == [b"x"]
    assert (found[x], found[y]) == (b"x", large)


def test_what_was_read_once_is_there_without_the_remote_store(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as first:
        ref = write(first, b"x")
        first.save(entry_of("k1", x=ref))
    with worker(tmp_path, "b", shared) as second:
        assert second.lookup("k1") is not None
        second.blob(ref)
    with LocalStore(tmp_path / "b") as alone:
        assert alone.lookup("k1") == entry_of("k1", x=ref)
        assert alone.blob(ref).read_bytes() == b"x"


def test_the_same_artifact_is_uploaded_once(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as first, worker(tmp_path, "b", shared) as second:
        ref = write(first, b"x")
        path = tmp_path / "remote" / "cas" / ref.digest[:2] / ref.digest
        inode = path.stat().st_ino
        write(second, b"x")
        assert path.stat().st_ino == inode


WORKER = """
import json, sys
from pathlib import Path
from fakes import pipeline_of, run, spec_of, states, Code, Function
from zruntime.settings import open_folder
chain = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
    spec_of("shown", inputs={"x": "double.output"}, outputs={"output": "str"}),
)
code = Code(
    one=Function(lambda start: start),
    double=Function(lambda x: 2 * x),
    shown=Function(lambda x: str(x)),
)
with open_folder(Path(sys.argv[1])) as store:
    record = run(chain, store, code, "a")
    last = store.blob(record.steps[-1].outputs["output"]).read_text()
print(json.dumps([list(states(record).values()), last]))
"""


def test_three_workers_with_stores_of_their_own_share_one_remote_store(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZCOMPILE_REMOTE", url)
    monkeypatch.setenv("ZCOMPILE_SIGNING_KEY", SECRET.decode())
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))

    def work(name: str) -> Any:
        command = [sys.executable, "-c", WORKER, str(tmp_path / name)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    assert work("a") == [["completed"] * 3, '"2"']
    assert work("b") == [["cached"] * 3, '"2"']
    assert work("c") == [["cached"] * 3, '"2"']
    assert all(SECRET not in content for content in files(url).values())
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET not in path.read_bytes()


class Meeting(Remote):
    """A remote store each of whose reads waits until all of them have begun."""

    def __init__(self, url: str, count: int) -> None:
        super().__init__(url)
        self._barrier = threading.Barrier(count, timeout=60)

    def read(self, name: str) -> bytes | None:
        self._barrier.wait()
        return super().read(name)


def test_a_result_that_is_too_old_here_is_taken_where_another_worker_renewed_it(
    shared: str, tmp_path: Path
) -> None:
    step = spec_of("one", cache_ttl=timedelta(hours=1))
    with worker(tmp_path, "a", shared) as first, worker(tmp_path, "b", shared) as second:
        old = replace(entry_of("k1", x=write(first, b"old")), created=time.time() - 7200)
        first.save(old)
        assert second.lookup("k1") == old
        assert fresh_entry(second, step, "k1")[0] is None
        new = replace(entry_of("k1", x=write(first, b"new")), created=time.time())
        first.save(new)
        assert second.lookup("k1") == old
        assert fresh_entry(second, step, "k1") == (new, "")
        assert second.lookup("k1") == new


def test_the_lookups_of_a_wide_plan_are_made_at_once(shared: str, tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(12)]
    wide = pipeline_of(*map(spec_of, names))
    with worker(tmp_path, "a", shared) as first:
        run(wide, first, Code(**{name: Function(lambda: 1) for name in names}), "a")
    with TieredStore(tmp_path / "b", Meeting(shared, len(names))) as second:
        assert plan_run(wide, second, first_time).cached == tuple(names)


# Damage


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"x" * 100_000])
def test_a_remote_entry_that_is_damaged_is_a_miss(url: str, tmp_path: Path, content: bytes) -> None:
    with worker(tmp_path, "a", url) as first:
        first.save(entry_of("k1", x=write(first, b"x")))
    change(url, "ac/k1.jsonl", content)
    with worker(tmp_path, "b", url) as second:
        assert second.lookup("k1") is None
        assert not second.remote.problem


def test_any_flipped_bit_of_a_remote_entry_makes_it_a_miss(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as first:
        first.save(entry_of("k1", x=write(first, b"x")))
    whole = files(shared)["ac/k1.jsonl"]
    with worker(tmp_path, "b", shared) as second:
        for at in range(whole.index(b"\n") + 1):
            change(shared, "ac/k1.jsonl", flipped(whole, at))
            assert second.lookup("k1") is None
        change(shared, "ac/k1.jsonl", whole)
        assert second.lookup("k1") is not None


def flipped(content: bytes, at: int) -> bytes:
    """The same with one bit flipped."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_damaged_content_beside_a_remote_entry_is_not_used(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as first:
        ref = write(first, b"the right one")
        first.save(entry_of("k1", x=ref))
    whole = files(shared)["ac/k1.jsonl"]
    begin = whole.index(b"\n") + 1
    damaged = [flipped(whole, at) for at in range(begin, len(whole))]
    other = b'"%s"' % base64.b64encode(b"the wrong one")
    swapped = whole[:begin] + other
    for number, content in enumerate([*damaged, swapped, whole[: begin + 3], whole[:begin]]):
        change(shared, "ac/k1.jsonl", content)
        with worker(tmp_path, str(number), shared) as store:
            assert store.lookup("k1") is not None
            assert store.blob(ref).read_bytes() == b"the right one"


@pytest.mark.parametrize("size", [TINY + 1, SMALL + 1])
def test_a_remote_artifact_that_is_gone_is_a_miss(url: str, tmp_path: Path, size: int) -> None:
    with worker(tmp_path, "a", url) as first:
        ref = write(first, b"x" * size)
        first.save(entry_of("k1", x=ref))
    remove(url, f"cas/{ref.digest[:2]}/{ref.digest}")
    with worker(tmp_path, "b", url) as second:
        assert second.lookup("k1") is None


@pytest.mark.parametrize(
    "damaged",
    [lambda content: content[::-1][1:] + b"9", lambda _: b"", lambda content: content + b"2"],
    ids=["swapped", "emptied", "lengthened"],
)
def test_a_damaged_remote_artifact_is_computed_again_and_replaced(
    url: str, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    text = {"output": "str"}
    start = "1" * TINY
    one = spec_of("one", parameters={"start": start}, outputs=text)
    double = spec_of("double", inputs={"x": "one.output"}, outputs=text)
    with worker(tmp_path, "a", url) as first:
        record = run(pipeline_of(one, double), first, code(), "a")
    two = record.steps[1].outputs["output"]
    name = f"cas/{two.digest[:2]}/{two.digest}"
    content = files(url)[name]
    change(url, name, damaged(content))
    functions = code()
    with worker(tmp_path, "b", url) as second:
        run(pipeline_of(one, double, CHAIN.steps[2]), second, functions, "a")
    assert functions.functions["shown"].calls[0][0] == {"x": 2 * start}
    assert len(functions.functions["double"].calls) == 1
    assert files(url)[name] == content
    assert not [*(tmp_path / "b" / "tmp").iterdir()]


@pytest.mark.parametrize("content", [b"", b"222", b"22222"], ids=["emptied", "cut", "lengthened"])
def test_a_damaged_remote_artifact_is_not_given_out(
    url: str, tmp_path: Path, content: bytes
) -> None:
    with worker(tmp_path, "a", url) as first:
        ref, other = write(first, b"2222"), write(first, b"1111")
    change(url, f"cas/{ref.digest[:2]}/{ref.digest}", content)
    with worker(tmp_path, "b", url) as second:
        with pytest.raises(ArtifactMissingError):
            second.blob(ref)
        assert second.blob(other).read_bytes() == b"1111"


def test_a_damaged_local_artifact_is_fetched_again(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as store:
        ref = write(store, b"x")
        path = store.blob(ref)
        path.chmod(0o600)
        path.write_bytes(b"y")
        assert store.blob(ref).read_bytes() == b"x"


# Trust


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def forged(url: str, key: str, data: bytes, secret: bytes | None) -> None:
    """Puts a pickle under a key of a remote store, with all digests right."""
    digest = digest_bytes(data)
    change_all = {f"cas/{digest[:2]}/{digest}": data}
    ref = ArtifactRef(digest, len(data), "builtins.int", "cloudpickle")
    text = json.dumps(entry_of(key, output=ref).to_json(), sort_keys=True)
    change_all[f"ac/{key}.jsonl"] = seal(f"entry:{key}", text, secret).encode()
    system, root = fsspec.core.url_to_fs(url)
    for name, content in change_all.items():
        system.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
        system.pipe_file(f"{root}/{name}", content)


@pytest.mark.parametrize("secret", [None, b"another key"], ids=["unsigned", "wrongly signed"])
def test_a_forged_pickle_is_a_miss_and_never_unpickled(
    shared: str, tmp_path: Path, secret: bytes | None
) -> None:
    with worker(tmp_path, "a", shared, SECRET) as first:
        record = run(CHAIN, first, code(), "a")
    for step in record.steps:
        assert step.key is not None
        forged(shared, step.key, pickle.dumps(Bomb(tmp_path / "exploded")), secret)
    functions = code()
    with worker(tmp_path, "b", shared, SECRET) as second:
        again = run(CHAIN, second, functions, "a")
        shown = second.blob(again.steps[2].outputs["output"])
    assert set(states(again).values()) == {"completed"}
    assert shown.read_text() == '"2"'
    assert not (tmp_path / "exploded").exists()


def test_an_entry_replayed_under_another_key_is_a_miss(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared, SECRET) as first:
        first.save(entry_of("k1", x=write(first, b"x")))
    text = files(shared)["ac/k1.jsonl"]
    with worker(tmp_path, "b", shared, SECRET) as second:
        change(shared, "ac/k2.jsonl", text)
        assert second.lookup("k2") is None
        change(shared, "ac/k2.jsonl", text.replace(b'"key":"k1"', b'"key":"k2"'))
        assert second.lookup("k2") is None
        assert second.lookup("k1") is not None


def test_a_local_entry_without_signature_is_a_miss_too(tmp_path: Path) -> None:
    with LocalStore(tmp_path / "a") as plain:
        plain.save(entry_of("k1"))
    with LocalStore(tmp_path / "a", SECRET) as signing:
        assert signing.lookup("k1") is None
        signing.save(entry_of("k1"))
        assert signing.lookup("k1") is not None
    with LocalStore(tmp_path / "a") as plain:
        assert plain.lookup("k1") is not None, "who has no key demands no signature"


def test_a_store_that_signs_is_not_pickled(shared: str, tmp_path: Path) -> None:
    for store in (LocalStore(tmp_path / "a", SECRET), worker(tmp_path, "b", shared, SECRET)):
        with store, pytest.raises(TypeError, match="its key would go along"):
            pickle.dumps(store)


def test_a_pickled_store_uses_the_same_remote_store(shared: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", shared) as store:
        store.save(entry_of("k1", x=write(store, b"x")))
        with pickle.loads(pickle.dumps(store)) as copy:
            assert copy.remote.label == shared
            assert copy.lookup("k1") is not None


def test_a_name_that_leads_outside_is_not_followed(shared: str, tmp_path: Path) -> None:
    (tmp_path / "remote" / "cas").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"x")
    with worker(tmp_path, "a", shared) as store:
        ref = ArtifactRef("../outside", 1, "builtins.bytes", "bytes")
        store.save(entry_of("../../outside", x=ref))
        assert store.lookup("../../outside") is None
    assert {path.name for path in tmp_path.iterdir()} == {"remote", "outside", "a"}


# A remote store that is down


def test_work_goes_on_with_one_warning_and_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server()
    use_server(server.port, monkeypatch)
    fsspec.filesystem("s3").mkdir("offline")
    url = "s3://offline/cache"
    server.stop()
    with worker(tmp_path, "a", url, SECRET) as store:
        assert set(states(run(CHAIN, store, code(), "a")).values()) == {"completed"}
        assert set(states(run(CHAIN, store, code(), "b")).values()) == {"cached"}
        assert store.push() == Pushed(uploaded=0, left=6, dropped=0)
        assert "cannot be reached" in store.remote.problem
    assert [record.levelname for record in caplog.records if record.name == "zruntime"] == [
        "WARNING"
    ]
    assert "offline" in caplog.text
    for secret in (SECRET.decode(), "the cloud's secret"):
        assert secret not in caplog.text
    server = Server(server.port)
    try:
        fsspec.filesystem("s3").mkdir("offline")
        with worker(tmp_path, "a", url, SECRET) as store:
            assert store.push() == Pushed(uploaded=6, left=0, dropped=0)
            assert store.push() == Pushed(uploaded=0, left=0, dropped=0)
        functions = code()
        with worker(tmp_path, "b", url, SECRET) as other:
            assert plan_run(CHAIN, other, first_time).cached == NAMES
            run(CHAIN, other, functions, "a")
        assert calls(functions) == 0
    finally:
        server.stop()


def test_what_is_gone_locally_is_not_pushed(tmp_path: Path) -> None:
    (tmp_path / "remote").touch()  # a file where the folder should be: nothing can be reached
    url = (tmp_path / "remote").as_uri()
    with worker(tmp_path, "a", url) as store:
        kept, lost = write(store, b"kept"), write(store, b"lost")
        store.save(entry_of("k1", x=kept))
        store.save(entry_of("k2", x=kept, y=lost))
        store.save(entry_of("k3"))
        store.forget("k3")
        store.blob(lost).unlink()
    (tmp_path / "remote").unlink()
    with worker(tmp_path, "a", url) as store:
        assert store.push() == Pushed(uploaded=2, left=0, dropped=3)
    assert set(files(url)) == {"ac/k1.jsonl", f"cas/{kept.digest[:2]}/{kept.digest}"}


def test_a_remote_store_that_cannot_be_written_gives_hits(
    small_disk: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = (small_disk / "remote").as_uri()
    with worker(tmp_path, "a", url) as first:
        first.save(entry_of("k1", x=write(first, b"x")))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with worker(tmp_path, "b", url) as second:
        assert second.lookup("k1") is not None
        refs = [write(second, b"y"), write(second, b"z")]
        second.save(entry_of("k2", y=refs[0], z=refs[1]))
        assert second.lookup("k1") is not None
        assert second.lookup("k2") is not None
        assert second.push() == Pushed(uploaded=0, left=3, dropped=0)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert [record.getMessage().count("cannot be written") for record in caplog.records] == [1]
    with worker(tmp_path, "b", url) as second:
        assert second.push() == Pushed(uploaded=3, left=0, dropped=0)


def test_a_local_store_that_is_full_takes_no_hit_away(small_disk: Path, tmp_path: Path) -> None:
    url = (tmp_path / "remote").as_uri()
    with worker(tmp_path, "a", url) as first:
        entry = entry_of("k1", x=write(first, b"x"))
        first.save(entry)
    filler = small_disk / "filler"
    with worker(small_disk, "b", url) as second:
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        assert second.lookup("k1") == entry
        filler.unlink()
        assert second.blob(entry.outputs["x"]).read_bytes() == b"x"


def test_a_remote_store_that_is_full_takes_the_upload_later(
    small_disk: Path, tmp_path: Path
) -> None:
    url = (small_disk / "remote").as_uri()
    big = os.urandom(4_000_000)
    with worker(tmp_path, "a", url) as store:
        entry = entry_of("k1", x=write(store, big))
        store.save(entry)
        assert store.lookup("k1") == entry
        assert [path for path in small_disk.rglob("*") if path.is_file()] == []
        assert store.push().left == 2


def test_a_protocol_that_nobody_knows_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZCOMPILE_REMOTE", "gopher://me:hidden@host/cache")
    with pytest.raises(StoreError, match="gopher://host/cache") as caught:
        open_folder(tmp_path / "a")
    assert "hidden" not in str(caught.value)
    assert "ZCOMPILE_REMOTE" in caught.value.remedy


# Forgetting


def test_an_invalidated_result_is_gone_for_all_and_an_evicted_one_is_not(
    url: str, tmp_path: Path
) -> None:
    with worker(tmp_path, "a", url) as store:
        store.save(entry_of("evicted", x=write(store, b"x")))
        store.save(entry_of("invalidated", x=write(store, b"x")))
        store.forget("evicted")
        store.invalidate("invalidated")
        assert store.lookup("evicted") is not None
        assert store.lookup("invalidated") is None
    with worker(tmp_path, "b", url) as other:
        assert other.lookup("invalidated") is None


def test_what_others_have_copied_is_invalidated_too(url: str, tmp_path: Path) -> None:
    with worker(tmp_path, "a", url) as store, worker(tmp_path, "b", url) as other:
        entries = [entry_of(key, x=write(store, b"x")) for key in ("k1", "k2")]
        for entry in entries:
            store.save(entry)
            assert other.lookup(entry.key) == entry
        store.invalidate("k1")
    with worker(tmp_path, "b", url) as other:
        assert other.lookup("k1") is None
        assert other.lookup("k2") == entries[1]
        renewed = replace(entries[0], created=time.time())
        other.save(renewed)
    with worker(tmp_path, "a", url) as store:
        assert store.lookup("k1") == renewed


def test_all_results_of_a_step_are_invalidated_also_those_unknown_here(
    url: str, tmp_path: Path
) -> None:
    by_other = Producer("pipeline", "run", "other")
    with worker(tmp_path, "a", url) as store, worker(tmp_path, "b", url) as elsewhere:
        entry = entry_of("k1", x=write(store, b"x"))
        store.save(entry)
        kept = replace(entry_of("k2", x=write(store, b"x")), producer=by_other)
        store.save(kept)
        elsewhere.invalidate_step(entry.producer.pipeline, entry.producer.step)
    with worker(tmp_path, "a", url) as store:
        assert store.lookup("k1") is None
        assert store.lookup("k2") == kept


def test_a_late_upload_does_not_bring_an_invalidated_result_back(
    shared: str, tmp_path: Path
) -> None:
    with worker(tmp_path, "a", shared) as store, worker(tmp_path, "b", shared) as other:
        store.save(entry_of("k1", x=write(store, b"x")))
        text = files(shared)["ac/k1.jsonl"]
        other.invalidate("k1")
        change(shared, "ac/k1.jsonl", text)
        assert other.lookup("k1") is None


def test_a_result_that_cannot_be_invalidated_for_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "remote").touch()
    with worker(tmp_path, "a", (tmp_path / "remote").as_uri()) as store:
        store.save(entry_of("k1"))
        with pytest.raises(StoreError, match="not in the remote store"):
            store.invalidate("k1")
        assert store.lookup("k1") is None
