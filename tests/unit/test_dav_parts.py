"""WebDAV without a socket: what clients write in headers and bodies, and whose lock holds where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from minxin.mailbox.disk.locks import Lock, LockedError, check_free, with_lock
from minxin.webui.dav.conditions import BadConditionError, Condition, Demand, read_if, tokens_of
from minxin.webui.dav.paths import BadPathError, href, path_of
from minxin.webui.dav.xml import BadXmlError, dav, own_xml, read_xml, write_xml

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LOCK = Lock("mine", ("a",), ("a",), True, True, b"", 60, NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("header", "demands"),
    [
        ("(<t>)", [Demand(None, (Condition("t"),))]),
        ('(<t> ["e"])', [Demand(None, (Condition("t"), Condition(etag='"e"')))]),
        ('(Not <t>) (["e"])', [Demand(None, (Condition("t", negated=True),)), Demand(None, (Condition(etag='"e"'),))]),
        ("<http://h/dav/X/y> (<t>)", [Demand(("x", "y"), (Condition("t"),))]),
        ("</dav/x> (<t>)(<u>)", [Demand(("x",), (Condition("t"),)), Demand(("x",), (Condition("u"),))]),
    ],
)
def test_conditions_are_read_as_the_standard_writes_them(header: str, demands: list[Demand]) -> None:
    assert read_if(header) == demands


@pytest.mark.parametrize("header", ["(", "()", "<t>", "(<t>", "x", "(Not)", "(<t>) x", "(" + "<t>" * 5000 + ")"])
def test_a_header_that_makes_no_sense_is_refused(header: str) -> None:
    with pytest.raises(BadConditionError):
        read_if(header)


@given(st.text(alphabet='()<>[]"Not W/ax ', max_size=60))
def test_no_header_breaks_the_reader(header: str) -> None:
    try:
        tokens_of(read_if(header))
    except BadConditionError:
        return


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://elsewhere/x"><a/>',
        b"<a>" * 30 + b"</a>" * 30,
        b"<a>" + b"<b/>" * 600 + b"</a>",
        b"\xff\xfe\x00",
    ],
)
def test_xml_with_a_document_type_or_without_end_is_refused(body: bytes) -> None:
    with pytest.raises(BadXmlError):
        read_xml(body)


def test_xml_keeps_names_of_other_namespaces() -> None:
    found = read_xml(b'<D:prop xmlns:D="DAV:"><x xmlns="urn:o" n="1">\xe6\xb5\xb7</x></D:prop>')
    again = own_xml(write_xml(found))
    assert [(one.tag, one.get("n"), one.text) for one in again] == [("{urn:o}x", "1", "海")]
    assert write_xml(dav("prop")).endswith(b'<D:prop xmlns:D="DAV:" />')


@pytest.mark.parametrize(
    ("raw", "path"),
    [("/dav", ()), ("/dav/", ()), ("/dav/a%20b//c/", ("a b", "c")), ("/dav/%E6%B5%B7.txt", ("海.txt",))],
)
def test_addresses_are_names_from_the_top(raw: str, path: tuple[str, ...]) -> None:
    assert path_of(raw) == path


@pytest.mark.parametrize("raw", ["/davx/a", "/dav/../a", "/dav/%2e%2e/a", "/dav/a%2Fb", "/dav/%00", "/", "/dav/%20"])
def test_addresses_that_lead_elsewhere_are_refused(raw: str) -> None:
    with pytest.raises(BadPathError):
        path_of(raw)


def test_an_address_is_written_so_that_it_is_read_again() -> None:
    path = ("照片 100%", "a#b?.txt")
    assert path_of(href(path, folder=False)) == ("照片 100%", "a#b_.txt")


def _locked(living: tuple[Lock, ...], path: tuple[str, ...], *, token: str = "", below: bool = False) -> bool:
    try:
        check_free(living, [path], {token}, below=below)
    except LockedError:
        return True
    return False


def test_a_lock_holds_for_its_path_and_what_is_below() -> None:
    living = with_lock((), LOCK)
    assert _locked(living, ("a",)) and _locked(living, ("a", "b"))
    assert not _locked(living, ()) and not _locked(living, ("ab",))
    assert _locked(living, (), below=True)
    assert not _locked(living, ("a", "b"), token=LOCK.token)


def test_a_lock_of_a_folder_alone_does_not_hold_for_what_is_in_its_files() -> None:
    living = with_lock((), replace(LOCK, deep=False))
    assert _locked(living, ("a",)) and not _locked(living, ("a", "b"))


@pytest.mark.parametrize(("path", "exclusive"), [(("a",), True), (("a",), False), (("a", "b"), True), ((), True)])
def test_two_exclusive_locks_never_hold_at_once(path: tuple[str, ...], *, exclusive: bool) -> None:
    with pytest.raises(LockedError):
        with_lock((LOCK,), replace(LOCK, path=path, exclusive=exclusive))


def test_shared_locks_hold_together_and_the_token_of_one_is_enough() -> None:
    shared = replace(LOCK, exclusive=False)
    living = with_lock((shared,), replace(shared, token="other"))
    assert not _locked(living, ("a",), token="other")
    with pytest.raises(LockedError):
        with_lock(living, LOCK)
