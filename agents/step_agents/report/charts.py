"""The plots of a report, as SVG without scripts (pygal: small, pure Python, no JavaScript to carry along)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.style import Style

_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    # The page's own colours, light or dark: see style.css.
    foreground="var(--soft)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line)",
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    opacity=".85",
    opacity_hover="1",
    transition="0s",
    colors=("var(--first)", "var(--second)", "var(--third)", "var(--fourth)", "var(--fifth)"),
    value_colors=("var(--ink)",) * 5,
    value_background="var(--card)",
    font_family="system-ui, sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=13,
    title_font_size=15,
    value_font_size=11,
    no_data_font_size=14,
)
_COMMON: dict[str, Any] = {
    "style": _STYLE,
    "js": [],
    "disable_xml_declaration": True,
    "height": 320,
    "width": 720,
    "legend_at_bottom": True,
    "show_minor_y_labels": False,
    "no_data_text": "nothing yet",
    "margin": 12,
}
_LINE: dict[str, Any] = {"stroke_style": {"width": 2.5}}


_NAMES = 60
"""Names that are read under a plot of the page's width."""
_STRATA = {2: ("hard", "easy"), 3: ("hard", "mixed", "easy")}


def by_round(names: Sequence[str], pass_at_n: Sequence[float], pass_at_1: Sequence[float]) -> str:
    """The pass rates after every round, in per cent."""
    chart = pygal.Line(**_COMMON, title="Pass rate by round (%)", range=(0, 100), dots_size=3)
    chart.x_labels = list(names)
    chart.add("pass@n", [100 * one for one in pass_at_n], **_LINE)
    chart.add("pass@1", [100 * one for one in pass_at_1], **_LINE)
    return _svg(chart)


def spread_by_round(title: str, series: Mapping[str, Sequence[tuple[float, float, float]]]) -> str:
    """A rate after every round in per cent, a line a series: (mean, least, most), the latter two as whiskers."""
    chart = pygal.Line(**_COMMON, title=title, range=(0, 100), dots_size=3)
    chart.x_labels = [str(number + 1) for number in range(max(map(len, series.values()), default=0))]
    for name, points in series.items():
        values = [{"value": 100 * mean, "ci": {"low": 100 * least, "high": 100 * most}} for mean, least, most in points]
        chart.add(name, values, **_LINE)
    return _svg(chart)


def by_group(groups: Mapping[str, tuple[int, int]]) -> str:
    """Solved tasks of each group."""
    chart = pygal.StackedBar(**{**_COMMON, "show_minor_y_labels": True}, title="Tasks by group")
    chart.x_labels = list(groups)
    chart.y_labels = _whole(max((total for _, total in groups.values()), default=0))
    chart.add("solved", [solved for solved, _ in groups.values()])
    chart.add("unsolved", [total - solved for solved, total in groups.values()])
    return _svg(chart)


def against(points: Sequence[tuple[float, float]], title: str, axis: str) -> str:
    """The part that is solved, against what was spent until then."""
    chart = pygal.XY(**_COMMON, title=title, range=(0, 100), x_title=axis, dots_size=3, show_legend=False)
    chart.x_value_formatter = short
    chart.add("pass@n (%)", [(spent, 100 * rate) for spent, rate in points], **_LINE)
    return _svg(chart)


def difficulty(strata: Sequence[Sequence[tuple[str, float]]], narrow: int = 12) -> str:
    """The success rate of each solved task, the hardest first; a colour a stratum. More than ``narrow`` tasks take a
    plot of the page's whole width; where even that has no room for all names, some are left out."""
    names = [name for stratum in strata for name, _ in stratum]
    own: dict[str, Any] = {"width": 1440} if len(names) > narrow else {}
    chart = pygal.Bar(
        **{**_COMMON, **own}, title="Success rate when solved (%), by stratum", range=(0, 100), x_label_rotation=40
    )
    chart.x_labels = names
    if len(names) > _NAMES:
        chart.x_labels_major_every = -(-len(names) // _NAMES)
        chart.show_minor_x_labels = False
    done = 0
    total = sum(map(len, strata))
    labels = _STRATA.get(len(strata)) or tuple(f"stratum {n + 1}" for n in range(len(strata)))
    for label, stratum in zip(labels, strata, strict=True):
        values: list[float | None] = [None] * done + [100 * rate for _, rate in stratum]
        done += len(stratum)
        chart.add(label, values + [None] * (total - done))
    return _svg(chart)


def guardian(judged: int, mended: int, corrupted: int) -> str:
    """What the guardian did to samples: a bar a row, named at its left."""
    own: dict[str, Any] = {"height": 200, "title": "Guardian (samples)", "print_values": True, "show_legend": False}
    chart = pygal.HorizontalBar(**{**_COMMON, **own, "show_minor_y_labels": True})  # its y labels are the rows' names
    rows = {"judged": judged, "mended, then right": mended, "corrupted": corrupted}
    chart.x_labels = list(reversed(rows))  # drawn from the bottom
    chart.y_labels = _whole(judged)
    chart.add("samples", list(reversed(rows.values())))
    return _svg(chart)


def pass_at_k(values: Mapping[int, float]) -> str:
    """The unbiased pass@k of the first round."""
    chart = pygal.Line(**_COMMON, title="pass@k of the first round (%)", range=(0, 100), dots_size=3, show_legend=False)
    chart.x_labels = [str(k) for k in values]
    chart.add("pass@k", [100 * one for one in values.values()], **_LINE)
    return _svg(chart)


def short(number: float) -> str:
    """A number for an axis: 1.2M, 40k, 0.05."""
    for least, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= least:
            return f"{number / least:.3g}{unit}"
    return f"{number:.3g}"


def _whole(most: int) -> list[int]:
    """Whole numbers for an axis from 0 to at least ``most``, about five of them."""
    step = max(1, -(-most // 5))
    return list(range(0, most + step, step))


def _svg(chart: Any) -> str:
    text = str(chart.render(is_unicode=True))
    # A self-contained page: no comment that names a site, no script.
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
