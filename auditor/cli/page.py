"""Text for a terminal in one language or both, a line for each."""

from auditor.model.text import Text

LANGUAGES = ("en", "zh", "both")


class Page:
    """Collects lines and prints them at once; `language` is en, zh or both."""

    def __init__(self, language: str) -> None:
        """Begin an empty page."""
        self._languages = ("en", "zh") if language == "both" else (language,)
        self._lines: list[str] = []

    def raw(self, line: str) -> None:
        """Add a line that is the same in every language."""
        self._lines.append(line)

    def blank(self) -> None:
        """Add an empty line."""
        self._lines.append("")

    def line(self, text: Text, *, indent: int = 0) -> None:
        """Add a sentence, indented by `indent` characters; once if both languages read the same."""
        wanted = [text.en if language == "en" else text.zh for language in self._languages]
        self._lines += [" " * indent + words for words in dict.fromkeys(wanted)]

    def item(self, name: Text, text: Text, *, indent: int = 0) -> None:
        """Add a name, a colon and what belongs to it."""
        self.line(Text(f"{name.en}: {text.en}", f"{name.zh}：{text.zh}"), indent=indent)

    def print(self) -> None:
        """Print the page; what the terminal cannot show is written as an escape."""
        text = "\n".join(self._lines)
        try:
            print(text)
        except UnicodeEncodeError:
            print(text.encode("ascii", "backslashreplace").decode("ascii"))
