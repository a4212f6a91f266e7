"""Compile the golden cases anew: ``python -m devtools.golden``; a person reads the diff."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.telling import expectations, tell, told_cases
from zcompile.compiling import programs
from zcompile.program import Program, Source

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"
EXPECTED = "expected.py"


def cases() -> tuple[str, ...]:
    """The names of all cases: folders with a pipeline.py."""
    return tuple(sorted(file.parent.name for file in GOLDEN.glob("*/pipeline.py")))


def compile_case(name: str, root: Path = GOLDEN) -> Iterator[Program]:
    """The program of a case after each stage; its pipeline file makes exactly one DAG.

    Args:
        name: The case.
        root: Folder of the cases; a copy of them compiles to the same bytes.
    """
    config = root / name / "config.yaml"
    return programs(Source(root / name / "pipeline.py", (config,) if config.exists() else ()))


def dag_file(program: Program) -> tuple[str, bytes]:
    """Name and content of the DAG file of a rendered case."""
    (variant,) = program.variants
    file = f"{variant.dag_id}.py"
    return file, program.files[file]


def main() -> int:
    """Writes the expected files of each case, and names those that changed."""
    for name in cases():
        *_, program = compile_case(name)
        expected = GOLDEN / name / EXPECTED
        content = dag_file(program)[1]
        if not expected.exists() or expected.read_bytes() != content:
            expected.write_bytes(content)
            print(f"{expected.relative_to(GOLDEN.parent.parent)} changed")
    for case in told_cases():
        for form, file in expectations(case).items():
            text = tell(case, form)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")
                print(f"{file.relative_to(GOLDEN.parent.parent)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
