"""The pages outside Airflow: what a server gives, and a file that holds one run."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final

from zruntime.web.bundles import DIST, version

SCRIPTS: Final = ("host.js", "lineage.js")
"""The bundles of a page, in the order in which they run."""

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" href="data:,">
{scripts}
</head>
<body>
{data}
</body>
</html>
"""

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action"
    " 'none'; "
)


def served_page() -> str:
    """The page that asks its server for what it shows."""
    return _PAGE.format(
        policy=f"{_POLICY}script-src 'self'; connect-src 'self'",
        title="zcompile",
        scripts="\n".join(
            f'<script defer src="/static/{name}?v={version(name)}"></script>' for name in SCRIPTS
        ),
        data="",
    )


def page_of_run(run: dict[str, Any]) -> str:
    """A page that shows one run wherever it is opened, and asks nobody.

    Args:
        run: Its record, as `linked` gives it.
    """
    data = json.dumps(run, allow_nan=False).replace("<", "\\u003c")
    return _PAGE.format(
        policy=f"{_POLICY}script-src 'unsafe-inline'",
        title=escape(f"{run['pipeline']}: {run['name']}"),
        scripts="\n".join(
            f"<script>{_inline((DIST / name).read_text('utf-8'))}</script>" for name in SCRIPTS
        ),
        data=f'<script type="application/json" id="zcompile-run">{data}</script>',
    )


def _inline(script: str) -> str:
    """A script that may stand in a page: what would end it, or hide its end, is in its strings."""
    for text in ("<script", "</script", "<!--"):
        script = script.replace(text, f"\\x3c{text[1:]}")
    return script
