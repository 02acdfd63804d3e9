"""Four mails of 25 MB at once into boxes: all are kept, and the service stays small."""

from __future__ import annotations

import multiprocessing

import pytest
from support.large_mail import send, serve

pytestmark = pytest.mark.fault

MOST_MIB = 500


def test_four_mails_of_25_mb_at_once_stay_under_500_mib() -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there,))
    server.start()
    there.close()
    port = here.recv()
    clients = [spawn.Process(target=send, args=(port, number)) for number in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(120)
    here.send("that was all")
    most_mib, first, second = here.recv()
    server.join(30)
    assert (first, second) == (4, 4)
    assert most_mib < MOST_MIB
