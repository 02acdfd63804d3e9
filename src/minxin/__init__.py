"""Minxin 民信: the mailbox, letter and consultation service of a city."""

__version__ = "0.1.0"
