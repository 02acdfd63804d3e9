"""SPF (RFC 7208) by the package pyspf, over our own look-ups. Blocks: for threads only."""

from __future__ import annotations

from typing import Any

import spf

from minxin.mailbox.authenticity.ports import Names, NoAnswerError
from minxin.mailbox.authenticity.records import Origin

_RESULTS = frozenset({"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"})


class _Query(spf.query):  # type: ignore[misc]
    """A query of the package that asks our resolver; its limits of look-ups stay."""

    def __init__(self, names: Names, until: float, origin: Origin) -> None:
        super().__init__(i=origin.address, s=origin.sender, h=origin.helo)
        self._names = names
        self._until = until

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """Answer as the package's own method does: TXT as tuples of bytes, MX as pairs."""
        try:
            found = self._names.find(str(name).rstrip("."), qtype, self._until)
        except NoAnswerError as error:
            raise spf.TempError("DNS") from error
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("Void lookup limit exceeded")
        if qtype == "TXT":
            return [(one.encode("utf-8", "replace"),) for one in found]
        if qtype == "MX":
            return [(int(one.partition(" ")[0]), one.partition(" ")[2]) for one in found]
        return list(found)


def check_spf(names: Names, until: float, origin: Origin) -> str:
    """Return whether the sender's domain lets this client send for it."""
    if not origin.sender_domain.isascii() or "." not in origin.sender_domain:
        return "none"
    result = str(_Query(names, until, origin).check()[0])
    return result if result in _RESULTS else "permerror"
