"""Chinese text as Chromium sets it: no line begins or ends with the wrong sign, nothing is slanted or spread."""

from pathlib import Path

import pytest

from reports import html
from reports.document import document
from tests.reports import samples
from tests.reports.chromium import Opened
from tests.requires import requires_program

pytestmark = requires_program("chromium")

# First and last character of each line of Chinese text (GB/T 15834-2011, 5.1: signs at the start and end of a line).
_LINES = """() => {
  const edges = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walk.nextNode()) {
    const node = walk.currentNode, part = node.parentElement;
    if (!part.checkVisibility() || !/[\\u4e00-\\u9fff]/.test(node.data) || part.closest('pre, .sr, legend')) continue;
    let bottom = null;
    for (let at = 0; at < node.data.length; at++) {
      range.setStart(node, at); range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      if (bottom !== null && box.top >= bottom - 2) edges.push([node.data[at - 1], node.data[at]]);
      bottom = box.bottom;
    }
  }
  return edges;
}"""
_SETTING = """() => [...document.querySelectorAll('[lang=zh-CN]')].filter(part => part.checkVisibility()).map(part => {
  const style = getComputedStyle(part);
  return [style.fontStyle, style.letterSpacing, style.lineBreak, style.fontFamily.split(',')[0]].join(' ');
})"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("chinese")
    for languages in ("both", "zh"):
        folder.joinpath(f"{languages}.html").write_text(html.render(document(samples.mixed()), languages), "utf-8")
    return {languages: folder / f"{languages}.html" for languages in ("both", "zh")}


@pytest.mark.parametrize("width", [380, 700, 1400])
@pytest.mark.parametrize("languages", ["both", "zh"])
def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one(
    opened: Opened, files: dict[str, Path], languages: str, width: int
) -> None:
    page = opened.goto(files[languages], width)
    if languages == "both":
        page.locator("#lang-zh").check()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    edges = page.evaluate(_LINES)
    assert len(edges) > 20
    assert [pair for pair in edges if pair[1] in "。，、；：？！）》〉”’」』】…"] == []
    assert [pair for pair in edges if pair[0] in "（《〈“‘「『【"] == []


def test_chinese_is_marked_upright_and_not_spread(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["both"])
    page.locator("#lang-both").check()
    assert set(page.evaluate(_SETTING)) == {'normal normal strict "PingFang SC"'}
    unmarked = page.evaluate(
        """() => {
          const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const part = walk.currentNode.parentElement;
            if (/[\\u4e00-\\u9fff]/.test(walk.currentNode.data) && !part.closest('[lang=zh-CN]'))
              found.push(walk.currentNode.data.trim());
          }
          return found;
        }"""
    )
    assert unmarked == ["Language / 语言", "EN + 中文"]
