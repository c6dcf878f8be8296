"""Draw some characters of the variable font at one weight into a small static font."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

_SC = 2  # the collection's third font holds the mainland's shapes
_SCALE = 0.4  # 400 units to the em instead of 1,000: a sixth less in every PDF; 1/3600 inch at the size of the text


@cache
def _source() -> TTFont:
    file = resources.files("manimgx_fonts_cjk").joinpath("NotoSansCJK-VF.otf.ttc")
    return TTFont(io.BytesIO(file.read_bytes()), fontNumber=_SC, lazy=True)


@cache
def known() -> dict[int, str]:
    """Code point → glyph of all that the font can draw."""
    return dict(_source().getBestCmap())


def cut(characters: Iterable[str], weight: int, family: str) -> bytes:
    """An OpenType font of the given characters that the source has; the same input gives the same bytes."""
    names = {f"uni{ord(c):04X}": c for c in sorted(characters) if ord(c) in known()}
    glyphs = _source().getGlyphSet(location={"wght": weight})
    drawn, widths = {}, {}
    for name, source in [(".notdef", ".notdef"), *((name, known()[ord(c)]) for name, c in names.items())]:
        width = round(glyphs[source].width * _SCALE)
        pen = T2CharStringPen(width, glyphs)
        glyphs[source].draw(TransformPen(pen, (_SCALE, 0, 0, _SCALE, 0, 0)))
        drawn[name], widths[name] = pen.getCharString(), (width, 0)
    return _assemble(family, weight, {ord(c): name for name, c in names.items()}, drawn, widths)


def _assemble(family: str, weight: int, cmap: dict[int, str], drawn: dict[str, Any], widths: dict[str, Any]) -> bytes:
    style, source = ("Bold" if weight >= 600 else "Regular"), _source()
    font = FontBuilder(_scaled(source["head"].unitsPerEm), isTTF=False)
    font.setupGlyphOrder(list(drawn))
    font.setupCharacterMap(cmap)
    font.setupCFF(f"{family.replace(' ', '')}-{style}", {"FullName": f"{family} {style}"}, drawn, {})
    font.setupHorizontalMetrics(widths)
    font.setupHorizontalHeader(ascent=_scaled(source["hhea"].ascent), descent=_scaled(source["hhea"].descent))
    font.setupNameTable({"familyName": family, "styleName": style, "psName": f"{family.replace(' ', '')}-{style}"})
    font.setupOS2(
        usWeightClass=weight,
        sTypoAscender=_scaled(880),
        sTypoDescender=_scaled(-120),
        usWinAscent=_scaled(source["OS/2"].usWinAscent),
        usWinDescent=_scaled(source["OS/2"].usWinDescent),
        fsSelection=0x20 if style == "Bold" else 0x40,
    )
    font.setupPost()
    font.font["head"].macStyle = int(style == "Bold")
    font.font["head"].created = font.font["head"].modified = 0
    font.font.recalcTimestamp = False
    out = io.BytesIO()
    font.font.save(out)
    return out.getvalue()


def _scaled(value: int) -> int:
    return round(value * _SCALE)
