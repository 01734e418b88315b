"""How job logs show colours and fold lines away."""

from __future__ import annotations

from typing import Final

from atlantis_gate.frozen import frozen
from atlantis_gate.plain import one_line

_TITLE_LIMIT: Final = 200


@frozen
class Log:
    """A CI's job log: whether it shows colours (ANSI escapes), and what goes before and after lines that are folded away.

    `opening` holds `{title}`, and is empty where the log does not fold; `closing` is empty where a group ends by itself.
    """

    colors: bool = False
    opening: str = ""
    closing: str = ""

    def folded(self, title: str, text: str) -> str:
        """Return a harmless text folded away under a title, for a log that folds."""
        return "\n".join(filter(None, (self.opening.format(title=one_line(title, _TITLE_LIMIT)), text, self.closing)))


PLAIN: Final = Log()
COLORED: Final = Log(colors=True)
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#grouping-log-lines
GITHUB: Final = Log(colors=True, opening="::group::{title}", closing="::endgroup::")
