"""A process that lends a tiny encoder, as the searching one lends the real one.

usage: lender.py FOLDER MEETING     until its input ends
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from minxin.classifier.encoder.encoder import load_encoder
from minxin.deploy.vector_server import serve_vectors


def lent(folder: Path, meeting: Path) -> subprocess.Popen[bytes]:
    """Start such a process, and return it when it lends."""
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(folder), str(meeting)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"lends\n"
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    """Kill such a process, stopped or not."""
    process.kill()
    process.communicate()


def main(folder: Path, meeting: Path) -> None:
    encoder = load_encoder(folder)
    serve_vectors(meeting, encoder.version, encoder)
    print("lends", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
