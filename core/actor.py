"""Who acts: the person or part of the house behind every change."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What a person may be here; what each may do stands in ``consult/moves.py`` and ``consult/access.py``."""

    CITIZEN = "citizen"  # 市民
    CLERK = "clerk"  # 受理员: accepts, dispatches
    HANDLER = "handler"  # 承办人
    REVIEWER = "reviewer"  # 审核人, section chief
    SIGNER = "signer"  # 签发人, deputy head
    MANAGER = "manager"  # 管理者: timeliness, rulings, supervision
    CALLER = "caller"  # 回访员, never the handler
    DISCIPLINE = "discipline"  # 纪检专员, sealed letters
    ADMINISTRATOR = "administrator"  # 管理员
    AUDITOR = "auditor"  # 审计员


class Actor(Struct, frozen=True):
    """A person (or part of the house) at the moment of acting.

    ``post`` is the title that others are shown (岗位), never the name: people outside the office see "综合科承办人".
    """

    id: str
    roles: frozenset[Role] = frozenset()
    office_id: str | None = None
    post: str = ""

    def is_a(self, *roles: Role) -> bool:
        """Say whether the actor holds any of the roles."""
        return not self.roles.isdisjoint(roles)


ANONYMOUS = Actor(id="anonymous")
SYSTEM = Actor(id="system")
