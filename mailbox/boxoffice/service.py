"""The box office (邮箱管理): addresses, handing over, closing, and the administrator's register of boxes.

office = open_box_office(kit, mail_rules, disk_rules)
choice = await office.addresses.choice(actor, box_id)
"""

from __future__ import annotations

from dataclasses import dataclass

from minxin.mailbox.boxoffice.choosing import AddressChoosing
from minxin.mailbox.boxoffice.closing import BoxClosing
from minxin.mailbox.boxoffice.handing_over import HandingOver
from minxin.mailbox.boxoffice.register import BoxRegister
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.rules import MailRules


@dataclass(frozen=True)
class BoxOffice:
    """The services by what they are about."""

    addresses: AddressChoosing
    handing_over: HandingOver
    closing: BoxClosing
    register: BoxRegister


def open_box_office(kit: Kit, mail: MailRules, disk: DiskRules) -> BoxOffice:
    """Return the services over the kit's store."""
    return BoxOffice(AddressChoosing(kit), HandingOver(kit), BoxClosing(kit, mail), BoxRegister(kit, mail, disk))
