"""The account services: everything that the doors (web, SMTP, command line) may ask of accounts.

    accounts = open_accounts(store, vault, clock, passwords, rules, verifier)
    ticket = await accounts.log_ins.log_in("zhang", "…", origin="10.1.2.3", device="Firefox")
    account = await accounts.people.access_account(actor, account_id)

Every move reads, lets a pure function decide, and commits the decision with its audit entry in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.mailbox.applications import Applications
from minxin.mailbox.apppasswords import AppPasswords
from minxin.mailbox.credentials import Credentials
from minxin.mailbox.keys import Keys
from minxin.mailbox.kit import Kit
from minxin.mailbox.logins import LogIns
from minxin.mailbox.own import OwnAccount
from minxin.mailbox.own_data import OwnData
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.people import People
from minxin.mailbox.ports import IdentityVerifier, MailStore, Traces
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.staffing import Staffing


@dataclass(frozen=True)
class Accounts:
    """The services by what they are about."""

    applications: Applications
    log_ins: LogIns
    credentials: Credentials
    people: People
    staffing: Staffing
    own: OwnAccount
    keys: Keys
    app_passwords: AppPasswords
    data: OwnData


def open_accounts(
    store: MailStore,
    vault: Vault,
    clock: Clock,
    passwords: Passwords,
    rules: AccountRules,
    verifier: IdentityVerifier | None = None,
    traces: tuple[Traces, ...] = (),
) -> Accounts:
    """Return the account services over this store."""
    kit = Kit(store, vault, clock, passwords, rules, verifier, traces)
    return Accounts(
        Applications(kit),
        LogIns(kit),
        Credentials(kit),
        People(kit),
        Staffing(kit),
        OwnAccount(kit),
        Keys(kit),
        AppPasswords(kit),
        OwnData(kit),
    )
