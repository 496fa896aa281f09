"""The reports' Jinja environment: what is the same in every report of one language is worked out as it compiles.

Its templates are the project's own. They read plain mappings and call plain functions, so an environment that asks
for no more than that writes the details of an object in half the time.
"""

from collections.abc import Iterator
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context

CONSTANT = frozenset(("t", "icon", "mark", "colon"))
"""Functions whose result for one string is the same in every report of one language.

Each is a filter as well, and returns a Markup in which everything invisible is spelled out."""


class _Constants(Extension):
    """Turns ``t("word.none")`` into ``("word.none"|t)``, because filters of constants are worked out in compiling."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template."""
        window: list[Token] = []
        for token in stream:
            window.append(token)
            if len(window) < 4:
                continue
            if _is_constant_call(window):
                name, bracket, value, closing = window
                yield from (bracket, value, Token(name.lineno, "pipe", "|"), name, closing)
                window = []
            else:
                yield window.pop(0)
        yield from window


def _is_constant_call(window: list[Token]) -> bool:
    """Return whether four tokens call a function of `CONSTANT` with one string."""
    types = [token.type for token in window]
    return types == ["name", "lparen", "string", "rparen"] and window[0].value in CONSTANT


class _Plain(Context):
    """Calls functions as they are; none of the reports' functions asks for the context."""

    def call(__self, __function: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a function or macro returns."""
        if kwargs:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
        return __function(*args, **kwargs)


class Templates(Environment):
    """An environment for templates that read mappings: ``o.name`` is the entry first, the attribute second.

    Options are those of `Environment`; functions of `CONSTANT` have to be among its filters before a template loads.
    """

    context_class = _Plain

    def __init__(self, **options: Any) -> None:
        """Take the options of `Environment`."""
        super().__init__(extensions=[_Constants], **options)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the entry of a mapping, an attribute of anything else."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)
