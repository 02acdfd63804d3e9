"""What is typed about a company, and its check: one error for each wrong field, all at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.mailbox.companies.creditcode import parse_credit_code
from minxin.mailbox.forms import take
from minxin.mailbox.names import parse_name
from minxin.mailbox.typed import half_width

SHORTEST: Final = 4
LONGEST: Final = 100
_HAN: Final = re.compile("[⺀-鿿豈-﫿]")
_BRACKETS: Final = str.maketrans("()", "（）")  # as licences print them
_SIGNS: Final = frozenset("（）·&'’.,、- ")


class CompanyForm(Struct, frozen=True, kw_only=True):
    """A company as typed: what stands on its licence (营业执照), and its district's id."""

    code: str
    name: str
    representative: str
    district: str = ""


class Licence(Struct, frozen=True, kw_only=True):
    """What stands on a licence, in normal form."""

    code: str
    name: str
    representative: str


def check_application(form: CompanyForm, districts: Collection[str]) -> Licence:
    """Return what the applicant typed; raises ``InvalidFormError``."""
    errors: list[InvalidInputError] = []
    licence = _licence(form, errors)
    if form.district not in districts:
        errors.append(InvalidInputError("company.district", field="district"))
    if errors or licence is None:
        raise InvalidFormError(errors)
    return licence


def check_licence(form: CompanyForm) -> Licence:
    """Return what the clerk typed off the licence; raises ``InvalidFormError``."""
    errors: list[InvalidInputError] = []
    licence = _licence(form, errors)
    if licence is None:
        raise InvalidFormError(errors)
    return licence


def parse_company_name(text: str) -> str:
    """Return the name in one form: NFC, brackets as on licences, no blanks in a Chinese name.

    Raises ``InvalidInputError`` ``company.name``: 4 to 100 letters, digits, brackets and a few signs.
    """
    name = " ".join(unicodedata.normalize("NFC", half_width(text)).split())
    if _HAN.search(name):
        name = name.replace(" ", "").translate(_BRACKETS)
    if not SHORTEST <= len(name) <= LONGEST or not all(one.isalnum() or one in _SIGNS for one in name):
        raise InvalidInputError("company.name", field="name", shortest=SHORTEST, longest=LONGEST)
    return name


def _licence(form: CompanyForm, errors: list[InvalidInputError]) -> Licence | None:
    code = take(errors, "code", parse_credit_code, form.code)
    name = take(errors, "name", parse_company_name, form.name)
    representative = take(errors, "representative", _representative, form.representative)
    if code is None or name is None or representative is None:
        return None
    return Licence(code=code, name=name, representative=representative)


def _representative(typed: str) -> str:
    try:
        return parse_name(typed)
    except InvalidInputError as error:
        raise InvalidInputError("company.representative") from error
