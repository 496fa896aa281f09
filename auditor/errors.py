"""One root for every error the agent raises on purpose, one subclass a cause."""

from auditor.model.reasons import Reason

EXIT_UNKNOWN = 3
"""What the program ends in after any of them; here and not with the status, which takes far more to load."""


class AuditorError(Exception):
    """Root of all errors that the agent expects; ends in exit code 3 with its message."""


def whereabouts(error: BaseException) -> str:
    """Return type and place of an unexpected error; never its text, which could quote what was read."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    frame = trace.tb_frame
    place = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"
    return f"{type(error).__name__} in {place}, line {trace.tb_lineno}"


class InputError(AuditorError):
    """A file, argument or value from a person is not usable; lists every problem found."""

    def __init__(self, problems: list[str]) -> None:
        """Keep `problems`, each one line of the form ``file:line: key: what is wrong``."""
        super().__init__("\n".join(problems))
        self.problems = problems


class OutputError(AuditorError):
    """A result could not be written."""


class SourceError(AuditorError):
    """A source on the host could not be read. Its text never quotes bytes of the source.

    `needs` names the capability or package that would open the source, None if none would.
    `errno` is the number the system answered with, None when the cause is another.
    """

    reason = Reason.CRASHED

    def __init__(self, detail: str, *, needs: str | None = None, errno: int | None = None) -> None:
        """Keep the error in words, what would mend it, and its number."""
        super().__init__(detail)
        self.detail = detail
        self.needs = needs
        self.errno = errno


class SourceAbsent(SourceError):
    """The source does not exist on this host."""

    reason = Reason.ABSENT


class SourceDenied(SourceError):
    """The source exists and this process may not read it."""

    reason = Reason.PERMISSION


class SourceTimeout(SourceError):
    """The source did not answer in time."""

    reason = Reason.TIMEOUT


class SourceInterrupted(SourceError):
    """The table changed under every attempt to dump it (NLM_F_DUMP_INTR)."""

    reason = Reason.INTERRUPTED


class SourceOverflow(SourceError):
    """The kernel dropped part of an answer (ENOBUFS)."""

    reason = Reason.OVERFLOW


class SourceTruncated(SourceError):
    """An answer was longer than the limit set for it, or cut short."""

    reason = Reason.TRUNCATED


class ParseError(SourceError):
    """The bytes of a source do not have the form its specification gives."""

    reason = Reason.UNPARSED
