"""Names with wildcards: `{name}` stands for a part that is kept, `*` for one that does not matter."""

from __future__ import annotations

import re

WILDCARD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def expression(text: str, ending: str = "") -> re.Pattern[str]:
    """What matches a name; its groups are the wildcards. Case does not matter, and no wildcard crosses a `/`."""
    pieces = re.split(r"(\{[a-z][a-z0-9_]*\}|\*)", text)
    parts = (
        "[^/]*" if piece == "*" else f"(?P<{piece[1:-1]}>[^/]+?)" if WILDCARD.fullmatch(piece) else re.escape(piece)
        for piece in pieces
    )
    return re.compile("".join(parts) + ending, re.IGNORECASE)
