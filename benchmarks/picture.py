"""The ratios as a picture: bars, with a mark where the target is."""

from __future__ import annotations

from html import escape
from typing import Any

from benchmarks.report import MOST, TARGETS

WIDTH, LEFT, ROW, TOP = 900, 470, 34, 64
STYLE = "font-family: sans-serif; font-size: 14px; fill: #1f2937"


def bar(at: int, name: str, value: float, target: float, scale: float) -> str:
    """One ratio."""
    y = TOP + at * ROW
    good = value <= target if name in MOST else value >= target
    colour = "#2f7d6b" if good else "#b7791f"
    mark = LEFT + target * scale
    return (
        f'<text x="{LEFT - 12}" y="{y + 16}" text-anchor="end" style="{STYLE}">{escape(name)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="22" fill="{colour}"/>'
        f'<line x1="{mark:.1f}" x2="{mark:.1f}" y1="{y - 3}" y2="{y + 25}" stroke="#111827" stroke-width="2"/>'
        f'<text x="{LEFT + max(value, target) * scale + 8:.1f}" y="{y + 16}" style="{STYLE}">{value:.2f}</text>'
    )


def drawn(result: dict[str, Any]) -> str:
    """An SVG of the ratios that have a target."""
    targets = {**TARGETS, **MOST}
    shown = {name: result["ratios"][name] for name in targets if name in result["ratios"]}
    scale = (WIDTH - LEFT - 70) / max(*shown.values(), *targets.values())
    height = TOP + len(shown) * ROW + 10
    bars = "".join(bar(at, name, value, targets[name], scale) for at, (name, value) in enumerate(shown.items()))
    title = "Marrow beside Rasa's stock pipeline and policies, same data, one run"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f'<title>{title}</title><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<text x="16" y="26" style="{STYLE}; font-weight: bold">{title}</text>'
        f'<text x="16" y="46" style="{STYLE}; font-size: 12px">Ratios; the black line is the target.</text>'
        f"{bars}</svg>\n"
    )
