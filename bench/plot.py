"""Draws the rows of a run: a bar for each kernel on a logarithmic axis, from as fast as erl to its ratio.

    python bench/plot.py bench-results/<time>.json      # writes the .svg beside it

The whisker of a bar goes over the middle half of the rounds' ratios; the dot is the ratio to the interpreter build.
"""
from __future__ import annotations

import json
import math
import pathlib
import statistics
import sys
from typing import Any
from xml.sax.saxutils import escape

COLOURS = {"compute": "#4472a8", "runtime": "#c77b30", "program": "#5a9353", "start": "#8a6aa8"}
LINE, LEFT, WIDTH, TOP, BOTTOM = 15, 170, 640, 78, 30      # of the picture, in pixels
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0]


def middle(row: dict[str, Any]) -> tuple[float, float]:
    """The quartiles of the ratios round by round; both ends if there are few rounds."""
    ratios = [ours / max(theirs, 1) for ours, theirs in zip(row["enigma_us"], row["erl_us"])]
    if len(ratios) < 4:
        return min(ratios), max(ratios)
    quarters = statistics.quantiles(ratios, n=4)
    return quarters[0], quarters[2]


def text(x: float, y: float, content: str, anchor: str = "start", more: str = "") -> str:
    """A piece of text; the anchor says which of its ends is at x."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def draw(body: dict[str, Any]) -> str:
    """The picture of a run's results, as SVG."""
    rows = sorted((r for r in body["rows"] if "ratio" in r), key=lambda r: float(r["ratio"]))
    values = [v for r in rows for v in (r["ratio"], *middle(r), r.get("emu_ratio", 1.0))]
    low, high = min([0.5, *values]) / 1.1, max([4.0, *values]) * 1.1

    def place(ratio: float) -> float:
        return LEFT + WIDTH * (math.log(ratio) - math.log(low)) / (math.log(high) - math.log(low))

    bottom = TOP + LINE * len(rows)
    size = f'width="{LEFT + WIDTH + 60}" height="{bottom + BOTTOM}"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>',
           text(10, 20, f"Time of Enigma over time of erl, {body['time']}", more=' font-size="15"'),
           text(10, 38, f"{body['machine']}, {body['cpus']} CPUs; above 1: Enigma is slower", more=' fill="#555"')]
    x = 10.0
    for label, colour in COLOURS.items():
        if any(r["class"] == label for r in rows):
            out += [f'<rect x="{x}" y="48" width="12" height="10" fill="{colour}"/>', text(x + 16, 57, label)]
            x += 90
    if any("emu_ratio" in r for r in rows):
        out += [f'<circle cx="{x + 6}" cy="53" r="3" fill="#222"/>',
                text(x + 16, 57, "ratio to the interpreter build")]
    for tick in TICKS:
        if low <= tick <= high:
            colour = "#222" if tick == 1 else "#ddd"
            x = place(tick)
            out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{bottom}" stroke="{colour}"/>',
                    text(x, bottom + 14, f"{tick:g}", "middle")]
    for i, r in enumerate(rows):
        y, end = TOP + LINE * i, place(r["ratio"])
        first, last = (place(v) for v in middle(r))
        bar = f'x="{min(end, place(1)):.1f}" y="{y + 2}" width="{abs(end - place(1)):.1f}" height="{LINE - 4}"'
        out += [text(LEFT - 6, y + 11, r["name"], "end"),
                f'<rect {bar} fill="{COLOURS.get(r["class"], "#999")}"/>',
                f'<line x1="{first:.1f}" x2="{last:.1f}" y1="{y + 7.5}" y2="{y + 7.5}" stroke="#222"/>',
                text(max(end, last, place(1)) + 5, y + 11, f"{r['ratio']:.2f}", more=' fill="#555"')]
        if "emu_ratio" in r:
            out.append(f'<circle cx="{place(r["emu_ratio"]):.1f}" cy="{y + 7.5}" r="3" fill="#222" stroke="white"/>')
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        path.with_suffix(".svg").write_text(draw(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
