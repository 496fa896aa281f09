"""JavaScript that finds words of a page that stand over other words."""

from typing import Final

OVERLAPS: Final = """() => {
  const boxes = [], range = document.createRange();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, part = node.parentElement;
    if (!node.textContent.trim() || part.closest(".sr, legend, .skip, title, thead, .sets") || !part.checkVisibility())
      continue;
    range.selectNodeContents(node);
    const scrolled = part.closest(".chips"), seen = scrolled && scrolled.getBoundingClientRect();
    for (const r of range.getClientRects()) {
      const top = seen ? Math.max(r.top, seen.top) : r.top, bottom = seen ? Math.min(r.bottom, seen.bottom) : r.bottom;
      if (r.width > 1 && bottom - top > 1)
        boxes.push([r.left, top, r.right, bottom, node.textContent.trim().slice(0, 40)]);
    }
  }
  boxes.sort((a, b) => a[1] - b[1]);
  const found = [];
  for (let i = 0; i < boxes.length; i++)
    for (let k = i + 1; k < boxes.length && boxes[k][1] < boxes[i][3]; k++) {
      const [a, b] = [boxes[i], boxes[k]];
      const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
      const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
      // Line boxes of neighbouring lines touch by their leading; a third of a line is no leading.
      if (wide > 2 && high > Math.min(a[3] - a[1], b[3] - b[1]) / 3) found.push(a[4] + " | " + b[4]);
    }
  return found.slice(0, 5);
}"""
"""Evaluated in a page, returns up to five pairs of words that overlap, none where all can be read."""
