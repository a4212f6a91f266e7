"""The form in which the store writes a row: a digest, and a signature where there is a key.

A disk flips bits, and whoever can write to a shared store can put an entry under another key. A row
whose digest or signature is wrong is an absent row, so neither becomes a wrong result.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from zruntime.hashing import row_digest, row_signature

FORMAT: Final = 1
"""Version of this form. A row of another version is an absent row."""

_SEALED: Final = re.compile(
    rf'\{{"format":{FORMAT},"digest":"([0-9a-f]{{64}})",'
    r'(?:"signature":"([0-9a-f]{64})",)?"value":(.*)\}',
    re.DOTALL,
)


def seal(name: str, text: str, secret: bytes | None = None) -> str:
    """A row as JSON text.

    Args:
        name: The row's name.
        text: Its value as JSON text.
        secret: The key to sign it with.
    """
    signature = f'"signature":"{row_signature(secret, name, text)}",' if secret else ""
    digest = row_digest(name, text)
    return f'{{"format":{FORMAT},"digest":"{digest}",{signature}"value":{text}}}'


def unseal(name: str, sealed: str, secret: bytes | None = None) -> str | None:
    """The value of a row as JSON text; None if it is damaged or was written under another name.

    Args:
        name: The row's name.
        sealed: What `seal` returned.
        secret: The key that it must be signed with.
    """
    match = _SEALED.fullmatch(sealed)
    if match is None:
        return None
    digest, signature, text = match.groups()
    if digest != row_digest(name, text):
        return None
    if secret and not hmac.compare_digest(signature or "", row_signature(secret, name, text)):
        return None
    return text
