"""The words on the screens, in Japanese and English: gettext catalogues, read once at start.

A key that a catalogue lacks is a test's failure, and shows itself as the key.
"""

from collections.abc import Mapping
from importlib import resources
from typing import Final

from babel.messages.pofile import read_po

CATALOGUES: Final = ("front", "admin")
"""The register's words, and those that only 管理画面 says."""

LANGUAGES: Final = ("ja", "en")
"""Japanese first: it is what a browser gets that asks for neither."""


REASONS: Final = {
    "G02": "insufficient_funds",
    "G03": "limit",
    "G04": "insufficient_funds",
    "G05": "limit",
    "G12": "card_unusable",
    "G22": "call_company",
    "G30": "call_company",
    "G42": "pin_wrong",
    "G44": "card_number",
    "G54": "limit",
    "G55": "limit",
    "G56": "card_unusable",
    "G60": "card_unusable",
    "G61": "card_unusable",
    "G65": "card_number",
    "G68": "amount_refused",
    "G72": "condition_refused",
    "G73": "condition_refused",
    "G74": "condition_refused",
    "G75": "condition_refused",
    "G78": "condition_refused",
    "G83": "card_expired",
    "G95": "centre_down",
    "G97": "call_company",
    "declined": "card_declined",
}
"""The codes of the card centres, many of which mean the same to a cashier. The code itself stands
below in small print, for whoever calls the card company."""


class Words:
    """One language's catalogue."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key, with its `{names}` filled in."""
        text = self._texts.get(key, key)
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Tell whether the catalogue knows a key."""
        return key in self._texts

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._texts)

    def problem(self, code: str) -> str:
        """Return a refusal in the cashier's words."""
        key = f"problem.{code}"
        return self(key if self.has(key) else "problem.internal_error")

    def reason(self, reason: str) -> str:
        """Return why a terminal ended an operation, in the cashier's words."""
        return self.named("reason", REASONS.get(reason, reason))

    def named(self, family: str, code: str) -> str:
        """Return the words for one of a family of codes.

        A code that nobody here knows gets the family's `other`, or else stands for itself.
        """
        for key in (f"{family}.{code}", f"{family}.other"):
            if self.has(key):
                return self(key)
        return code

    def all(self, family: str) -> dict[str, str]:
        """Return a whole family, code by code, for a script."""
        start = f"{family}."
        return {key.removeprefix(start): self(key) for key in self._texts if key.startswith(start)}


def load() -> dict[str, Words]:
    """Return the catalogues by language."""
    return {language: Words(language, _read(language)) for language in LANGUAGES}


def _read(language: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name in CATALOGUES:
        source = resources.files("front").joinpath(f"locales/{language}/LC_MESSAGES/{name}.po")
        with source.open("rb") as opened:
            catalogue = read_po(opened, locale=language)
        texts |= {str(one.id): str(one.string) for one in catalogue if one.id and one.string}
    return texts


def language_of(cookie: str | None, accepts: str) -> str:
    """Return the language to speak: the person's choice, else the browser's first, else Japanese.

    `accepts` is `Accept-Language`; only its order counts.
    """
    if cookie in LANGUAGES:
        return cookie
    for part in accepts.split(","):
        tag = part.split(";", 1)[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]
