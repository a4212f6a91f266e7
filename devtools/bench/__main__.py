"""``python -m devtools.bench [PART...]``: measure all and write the page, or measure some parts."""

from __future__ import annotations

import argparse

from devtools.bench import (
    artifacts,
    compiling,
    dagruns,
    fresh,
    hits,
    pages,
    parsing,
    peers,
    planning,
    remote,
    scale,
)
from devtools.bench.figures import PAGE, ROOT, Figure, page

PARTS = {
    "dagrun": dagruns.measure,
    "parse": parsing.measure,
    "compile": compiling.measure,
    "plan": planning.measure,
    "hit": hits.measure,
    "fresh": fresh.measure,
    "artifact": artifacts.measure,
    "remote": remote.measure,
    "scale": scale.measure,
    "pages": pages.measure,
}


INTRO = """\
# Benchmarks

Written by `make bench`; `python -m devtools.bench PART...` measures one part of
{parts} and prints it. What is compared is measured in turns in one run,
so that both sides meet the same noise; each figure is a median."""

PEERS = "peers"
"""The part that compares with other tools; it has a table of its own."""


def main() -> None:
    names = (*PARTS, PEERS)
    parser = argparse.ArgumentParser(prog="python -m devtools.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}")
    chosen = parser.parse_args().parts
    unknown = [part for part in chosen if part not in names]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(names)}")
    figures: list[Figure] = []
    comparison = ""
    for part in chosen or names:
        if part == PEERS:
            comparison = peers.measure()
            print(comparison, flush=True)
        else:
            found = PARTS[part]()
            print("\n".join(figure.row() for figure in found), flush=True)
            figures += found
    if not chosen:
        PAGE.parent.mkdir(exist_ok=True)
        intro = INTRO.format(parts=", ".join(f"`{part}`" for part in names))
        PAGE.write_text(f"{page(figures, intro)}\n{comparison}", encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
