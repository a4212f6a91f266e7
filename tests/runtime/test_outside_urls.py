"""Files behind URLs: by their version where their file system tells one, else by content."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from s3_server import Server, use_server

from zruntime.hashing import digest_bytes, version_digest
from zruntime.outside.urls import url_digests


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """A file system that tells neither ETags nor checksums."""
    files = fsspec.filesystem("memory")
    yield files
    files.rm("/", recursive=True)


def test_content_counts_where_there_is_no_version(memory: MemoryFileSystem) -> None:
    memory.pipe({"/data/a.csv": b"a", "/data/sub/b.csv": b"b", "/data/c.txt": b"c"})
    found = url_digests("memory://data/**/*.csv")
    assert found == {
        "memory:///data/a.csv": digest_bytes(b"a"),
        "memory:///data/sub/b.csv": digest_bytes(b"b"),
    }
    assert [*url_digests("memory://data/a.csv").values()] == [digest_bytes(b"a")]
    assert len(url_digests("memory://data")) == 3
    assert url_digests("memory://data/*.parquet") == {}
    assert url_digests("memory://data/missing.csv") == {}


def test_an_object_of_s3_counts_by_its_etag(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_server(server.port, monkeypatch)
    files = fsspec.filesystem("s3")
    files.mkdir("prices")
    files.pipe({"prices/a.csv": b"a", "prices/b.csv": b"b", "prices/c.txt": b"c"})
    monkeypatch.setattr(type(files), "open", None)  # no byte is read
    before = url_digests("s3://prices/*.csv")
    assert [*before] == ["s3://prices/a.csv", "s3://prices/b.csv"]
    etag = files.info("prices/a.csv")["ETag"].strip('"')
    assert before["s3://prices/a.csv"] == version_digest("etag", etag)
    assert url_digests("s3://prices/a.csv") == {"s3://prices/a.csv": before["s3://prices/a.csv"]}

    other = fsspec.filesystem("s3", skip_instance_cache=True)
    other.pipe({"prices/a.csv": b"A", "prices/new.csv": b"n"})
    after = url_digests("s3://prices/*.csv")
    assert [*after] == ["s3://prices/a.csv", "s3://prices/b.csv", "s3://prices/new.csv"]
    assert after["s3://prices/a.csv"] != before["s3://prices/a.csv"]
    assert after["s3://prices/b.csv"] == before["s3://prices/b.csv"]


class _Pages(BaseHTTPRequestHandler):
    """Answers with a page, whose ETag is that of its address's query."""

    def do_GET(self) -> None:
        content = b"" if self.command == "HEAD" else b"page"
        found = "missing" not in self.path
        self.send_response(200 if found else 404)
        self.send_header("ETag", self.path.partition("?")[2].replace("%22", '"'))
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[str]:
    """The address of a web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_page_counts_by_a_strong_etag_else_by_content(pages: str) -> None:
    strong, weak = f"{pages}/a.csv?%22v1%22", f"{pages}/a.csv?W/%22v1%22"
    assert url_digests(strong) == {strong: version_digest("etag", "v1")}
    assert url_digests(weak) == {weak: digest_bytes(b"page")}
    assert url_digests(f"{pages}/missing.csv") == {}


def test_the_name_of_a_file_holds_no_password(pages: str) -> None:
    address = pages.replace("://", "://me:secret@")
    assert [*url_digests(f"{address}/a.csv?%22v1%22")] == [f"{pages}/a.csv?%22v1%22"]
