"""Regular expressions of a source YAML, by RE2: a match takes time in proportion to the text, however the
expression and the text are made."""

from __future__ import annotations

from functools import lru_cache

import re2

_QUIET = re2.Options()
_QUIET.log_errors = False
# RE2 has none of these, for none of them can be matched in linear time.
_UNKNOWN = {
    "invalid perl operator": "look-around and other (?…) forms are not known",
    "invalid escape sequence": "back-references and this escape are not known",
}


class Expression:
    """A compiled regular expression (RE2) with at least one group. Raises ValueError, with the reason in
    plain words, where RE2 does not accept ``text`` or it has no group."""

    def __init__(self, text: str):
        try:
            self._compiled = re2.compile(text, _QUIET)
        except re2.error as error:
            said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
            hint = next((f" ({more})" for start, more in _UNKNOWN.items() if said.startswith(start)), "")
            raise ValueError(f"{text!r} is not a regular expression of RE2: {said}{hint}") from error
        if self._compiled.groups < 1:
            raise ValueError(f"{text!r} has no group: put ( ) around what is to be taken")

    def first(self, text: str) -> str | None:
        """The text of group 1 in the first match; None where nothing matches, or the group is not part of the
        match."""
        found = self._compiled.search(text)
        group: str | None = found.group(1) if found else None
        return group


@lru_cache(maxsize=512)
def compile_expression(text: str) -> Expression:
    """Compile a regular expression, or return the one that was compiled before. Raises ValueError as
    Expression does."""
    return Expression(text)
