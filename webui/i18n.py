"""Languages: page texts from Babel catalogues, sentences for errors and notices from the parts' own JSON catalogues.

Page texts are English in the source and Chinese through every ``.po`` file in ``locales/zh_CN/LC_MESSAGES``, read at
start: nothing must be compiled. Chinese is what a visitor gets who has not chosen.
"""

from __future__ import annotations

import gettext
import io
import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from minxin.core.errors import MinxinError
from minxin.core.sentences import Sentences as PartSentences

HERE = Path(__file__).parent
# The parts lie side by side, whether installed or checked out.
SENTENCE_FILES = tuple(HERE.parent / part / "messages.json" for part in ("mailbox", "consult", "webui"))
_log = logging.getLogger(__name__)


class Language(StrEnum):
    """The languages of the pages, as accounts and sentence catalogues name them."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """Return the BCP 47 tag for the page's ``lang`` attribute."""
        return {"zh": "zh-CN", "en": "en"}[self.value]

    @property
    def locale(self) -> str:
        """Return the name of the Babel locale."""
        return {"zh": "zh_CN", "en": "en"}[self.value]


DEFAULT_LANGUAGE = Language.ZH


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return the page texts of the language; English is the source and needs no catalogue.

    Raises ``ValueError`` for a text that two files translate: which of them would hold nobody could tell.
    """
    if language is Language.EN:
        return gettext.NullTranslations()
    merged = Catalog(locale=language.locale)
    for file in _po_files(language):
        with file.open("rb") as source:
            for message in read_po(source, locale=language.locale):
                if message.id and message.id in merged:
                    raise ValueError(f"{file.name} translates {message.id!r} once more")
                if message.id:
                    merged[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _po_files(language: Language) -> list[Path]:
    return sorted((HERE / "locales" / language.locale / "LC_MESSAGES").glob("*.po"))


class Sentences:
    """The sentences behind catalogue keys, in every language."""

    def __init__(self, catalogues: Iterable[Mapping[str, Mapping[str, str]]]) -> None:
        self._by_key = {key: sentence for catalogue in catalogues for key, sentence in catalogue.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def items(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Return every key with its sentence in every language."""
        return self._by_key.items()

    def sentence(self, key: str, language: Language, /, **params: object) -> str:
        """Return the sentence with its params filled in; an unknown key gives the general sentence for bad input."""
        if key not in self._by_key:
            _log.warning("no sentence for key %s", key)
            key = "error.invalid"
        try:
            return self._by_key[key][language].format_map(params)
        except (KeyError, IndexError):
            _log.warning("sentence %s lacks a parameter", key)
            return self._by_key["error.invalid"][language]

    def of_error(self, error: MinxinError, language: Language) -> str:
        """Return the sentence for the error's reason, or for its kind when the reason is no catalogue key.

        A param whose value has a word of its own, such as ``move.sign_for`` for ``move=sign_for``, is told by it.
        """
        key = error.reason if error.reason in self else error.key
        words = {name: self._word(f"{name}.{value}", language, value) for name, value in error.params.items()}
        return self.sentence(key, language, **words)

    def _word(self, key: str, language: Language, value: object) -> object:
        return self._by_key[key][language] if key in self._by_key else value


@cache
def sentences() -> Sentences:
    """Return the sentences of all parts that pages may show."""
    return Sentences([PartSentences(file).texts for file in SENTENCE_FILES])
