"""What is wrong with a page as a browser shows it: too wide, too small, one character wide, or not accessible (axe-core)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from browser import Browser

_MEASURE = """
(() => {
  const found = [], wide = innerWidth, page = document.documentElement;
  if (page.scrollWidth > wide) found.push(`page ${page.scrollWidth} wide`);
  const name = one => one.tagName.toLowerCase() + (one.className.baseVal ?? one.className ? '.' + (one.className.baseVal ?? one.className) : '')
    + ' "' + one.textContent.trim().replace(/\\s+/g, ' ').slice(0, 30) + '"';
  const inBox = one => {
    for (let up = one.parentElement; up; up = up.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  for (const one of document.body.querySelectorAll('*:not(#js-plotly-tester):not(#js-plotly-tester *)')) {
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1) && !inBox(one)) found.push(`${Math.round(box.right)} of ${wide}: ${name(one)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, one = node.parentElement, text = node.textContent.trim(), style = getComputedStyle(one);
    if (!text || /SCRIPT|STYLE|NOSCRIPT|TITLE/i.test(one.tagName) || style.visibility === 'hidden') continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const scale = one.ownerSVGElement ? one.getScreenCTM().d : 1, size = parseFloat(style.fontSize) * scale;
    if (size < 9.95) found.push(`${size.toFixed(1)} px: ${name(one)}`);
    if (!one.ownerSVGElement && text.length > 3 && box.width < 2.1 * size && box.height > 3 * size) found.push(`a character wide: ${name(one)}`);
  }
  return found;
})()
"""
_CUT = """
[...document.querySelectorAll('table, table *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .concat([...document.querySelectorAll('div')].filter(one => one.getClientRects().length && getComputedStyle(one).overflowX !== 'visible'))
  .map(one => `${one.tagName} ${one.className} "${one.textContent.trim().slice(0, 30)}"`)
"""
_AXE = """
axe.run(document, {resultTypes: ['violations']}).then(told => told.violations.map(one =>
  `${one.id} (${one.impact}): ${one.nodes.length}x ${one.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`))
"""
_KEYS = """
(() => window.known = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.getClientRects().length && !one.disabled && getComputedStyle(one).visibility !== 'hidden'))().length
"""
_MET = """
(() => { const one = document.activeElement; one.dataset.met = 1;
  const style = getComputedStyle(one); return style.outlineStyle === 'none' && style.boxShadow === 'none' && one !== document.body; })()
"""
_UNMET = "window.known.filter(one => !one.dataset.met).map(one => one.outerHTML.slice(0, 80))"


def wrong(browser: Browser, page: Path, width: int) -> list[str]:
    """What a page at a width has too wide, too small or too narrow to be read."""
    browser.open(page, width)
    browser.value("document.fonts.ready.then(() => new Promise(done => setTimeout(done, 60)))")
    return list(browser.value(_MEASURE))


def cut_in_print(browser: Browser, page: Path, width: int) -> list[str]:
    """What a sheet `width` px wide between its margins would cut off: tables that are wider, boxes that scroll."""
    browser.ask("Emulation.setEmulatedMedia", media="print")
    try:
        browser.open(page, width)
        return list(browser.value(_CUT))
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")


def inaccessible(browser: Browser) -> list[str]:
    """What axe-core finds in the open page: contrast, headings, names, tables, landmarks."""
    browser.value(files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8") + ";0")
    return list(browser.value(_AXE))


def unreached(browser: Browser) -> list[str]:
    """Which of the open page's controls the tab key does not reach, and how many it reaches without showing where it is."""
    unseen = 0
    for _ in range(browser.value(_KEYS) + 12):  # some more: a browser stops at what scrolls as well
        browser.press("Tab", 9)
        unseen += browser.value(_MET)
    return [*browser.value(_UNMET), *([f"{unseen} without an outline"] if unseen else [])]
