"""The style sheet of the HTML report: its parts one after the other, and text of hosts made safe inside of it."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from reports.escape import visible

PARTS = ("report.css", "picture.css", "filters.css", "trend.css", "print.css")


def paper() -> str:
    """Return the style sheet of the report as a PDF, which stands alone."""
    return "\n" + files("reports").joinpath("templates/pdf.css").read_text("utf-8").strip() + "\n"


def sheet(made: str = "") -> str:
    """Return the whole style sheet, with the rules `made` for one document at its end."""
    return f"\n{_fixed()}{made.strip()}\n"


@cache
def _fixed() -> str:
    """Return the parts that are the same in every report."""
    folder = files("reports").joinpath("templates")
    return "".join(folder.joinpath(part).read_text("utf-8").strip() + "\n" for part in PARTS)


def content_policy(whole: str) -> str:
    """Return the content security policy: nothing loads, nothing runs, only the style sheet `whole` applies."""
    digest = b64encode(sha256(whole.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def string(text: str) -> str:
    """Return `text` as a CSS string (CSS Syntax 3, 4.3.7); what could end it or the style element is escaped."""
    return '"' + "".join(f"\\{ord(c):x} " if c in '"\\<>&\n' else c for c in visible(text)) + '"'


def spoken(name: str, text: dict[str, str], languages: tuple[str, ...]) -> str:
    """Return the rules that set the custom property `name` to `text`, in the language that the reader chose."""
    rules = [f":root{{--{name}:{string(text[languages[0]])}}}"]
    if len(languages) > 1:
        for choice, said in (("zh", text["zh"]), ("both", f"{text['en']} / {text['zh']}")):
            rules.append(f"html:has(#lang-{choice}:checked){{--{name}:{string(said)}}}")
    return "\n" + "\n".join(rules)
