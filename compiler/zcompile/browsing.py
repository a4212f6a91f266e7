"""Opening a page in the browser of the person who sits at this machine."""

from __future__ import annotations

import os
import sys
import webbrowser


def open_browser(url: str) -> bool:
    """Opens a page where there is a screen to show it on, and tells whether it did.

    Text browsers are not opened, as they would take the terminal.
    """
    has_screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    return has_screen and webbrowser.open(url)
