"""What a matter and an office say on one part of an answer (要素): their own entries, put into the asked order."""

from __future__ import annotations

from minxin.consult.assistant.understanding import Aspect
from minxin.consult.matters.records import Matter
from minxin.consult.records import Office


def of_matter(aspect: Aspect, matter: Matter) -> tuple[str, ...]:
    """Return what the catalogue's entry says beyond the passage's text: windows, hours, phones, the online address."""
    if aspect is Aspect.ONLINE:
        return (matter.online,) if matter.online else ()
    if aspect is Aspect.PHONE:
        return tuple(f"{window.name}：{window.phone}" for window in matter.windows if window.phone)
    if aspect in (Aspect.WHERE, Aspect.HOURS):
        return tuple(f"{window.name}：{window.address}（{window.hours}）" for window in matter.windows)
    return ()


def of_office(aspect: Aspect, office: Office) -> tuple[str, ...]:
    """Return what the office's entry says on where, when and by which number it is reached."""
    said = {Aspect.WHERE: office.address, Aspect.HOURS: office.hours, Aspect.PHONE: office.phone}.get(aspect, "")
    return (f"{office.name}：{said}",) if said else ()
