"""Lines with their numbers: nothing of one is lost."""

from auditor.formats.lines import numbered


def test_lines_come_as_text_with_numbers() -> None:
    content = b"\xef\xbb\xbfa\r\n\n\xef\xbb\xbfb\n\xff\0c"
    assert list(numbered(content.splitlines(keepends=True))) == [(1, "a"), (2, ""), (3, "\ufeffb"), (4, "\\xff\\x00c")]
