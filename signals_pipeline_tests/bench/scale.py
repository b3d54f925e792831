"""How the cost of a whole run grows with the number of cards."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench.stages import READING, STAGES, measured

WIDTH, HEIGHT, MARGIN = 640, 400, 60
SERIES = {"whole run": STAGES, "read to insert": READING, "read, hash, decode": ()}
"""The lines of the plot, each a sum of stages; the last one is the floor."""


def bench(base: Path, sizes: Sequence[int], tell: Callable[[str], None], plot: Path | None = None) -> None:
    """Print a line for each number of cards, and the slope from the first to the last; perhaps plot them."""
    tell("| cards | " + " | ".join(STAGES) + " | whole run | read to insert ÷ read, hash, decode | peak MB |")
    tell("|---:|" + "---:|" * (len(STAGES) + 3))
    lines: dict[str, list[tuple[int, float]]] = {name: [] for name in SERIES}
    for n_cards in sizes:
        raw = base / f"raw{n_cards}"
        corpus.generate(raw, n_cards=n_cards, n_issues=150, form="B-src")
        found = measured(raw, base / f"data{n_cards}")
        spent: Mapping[str, float] = found["seconds"]
        ratios = [reading / floor for floor, reading in found["rounds"]]
        least = median(floor for floor, _ in found["rounds"])
        for name, stages in SERIES.items():
            lines[name].append((n_cards, sum(spent[stage] for stage in stages) or least))
        peak = max(found["peak_mb"].values())
        tell(
            f"| {n_cards:,} | "
            + " | ".join(f"{spent[stage]:.2f}" for stage in STAGES)
            + f" | {sum(spent.values()):.1f} | {median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
            + f" | {peak} |"
        )
    tell("")
    tell(f"Slopes from {sizes[0]:,} to {sizes[-1]:,} cards, of the logarithm of CPU over that of cards:")
    tell(", ".join(f"{name} {slope(points):.2f}" for name, points in lines.items()) + ".")
    if plot is not None:
        plot.write_text(svg(lines), "utf-8")


def slope(points: Sequence[tuple[int, float]]) -> float:
    """The exponent by which the cost grows from the first point to the last."""
    (first_n, first), (last_n, last) = points[0], points[-1]
    return math.log(last / first) / math.log(last_n / first_n)


def svg(lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """A plot of CPU seconds over cards, both axes logarithmic."""
    cards = [n for line in lines.values() for n, _ in line]
    seconds = [s for line in lines.values() for _, s in line]
    left, right = math.log10(min(cards)), math.log10(max(cards))
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))

    def x(n_cards: float) -> float:
        return MARGIN + (math.log10(n_cards) - left) / (right - left) * (WIDTH - 3 * MARGIN)

    def y(spent: float) -> float:
        return HEIGHT - MARGIN - (math.log10(spent) - low) / (high - low) * (HEIGHT - 1.5 * MARGIN)

    drawn = []
    for power in range(low, high + 1):
        at = y(10.0**power)
        drawn.append(f'<path d="M{MARGIN} {at:.1f}H{WIDTH - 2 * MARGIN}" stroke="#ccc"/>')
        drawn.append(f'<text x="{MARGIN - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for n_cards, _ in next(iter(lines.values())):
        drawn.append(
            f'<text x="{x(n_cards):.1f}" y="{HEIGHT - MARGIN + 20}" text-anchor="middle">{n_cards:,}</text>'
        )
    for (name, line), colour in zip(lines.items(), ("#1b4f72", "#b03a2e", "#616a6b"), strict=True):
        path = "L".join(f"{x(n):.1f} {y(s):.1f}" for n, s in line)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x(n):.1f}" cy="{y(s):.1f}" r="3.5" fill="{colour}"/>' for n, s in line]
        at, level = x(line[-1][0]) + 8, y(line[-1][1]) + 4
        drawn.append(f'<text x="{at:.1f}" y="{level:.1f}" fill="{colour}">{name}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">\n<title>CPU seconds of a run by number of cards</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        + "\n".join(drawn)
        + f'\n<text x="{(WIDTH - MARGIN) / 2}" y="{HEIGHT - 14}" text-anchor="middle">cards</text>\n</svg>\n'
    )
