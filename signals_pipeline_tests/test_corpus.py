"""The generator of demonstration cards: same bytes everywhere, shapes of real cards, planted shares."""

import hashlib
import re
import time
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from signals_pipeline_tests import corpus

DEMO = Path(__file__).parents[1] / "data" / "demo"
N_LARGE, N_LARGE_ISSUES = 3_000, 150
HEADING = re.compile(r"^## (\w+)$", re.MULTILINE)
TITLE = re.compile(r"^# .*\[(?P<token>[^\]]+)\]\((?P<page>[^)]+)\)\.\)$", re.MULTILINE)
LINK = re.compile(r"^__\[External link\]\((.+)\)__$", re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, corpus.Planted]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, corpus.generate(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, corpus.Planted]:
    folder = tmp_path_factory.mktemp("large")
    return folder, corpus.generate(folder, N_LARGE, N_LARGE_ISSUES, seed=7)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@cache
def cards(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.name != "index.md"}


def sections(text: str) -> dict[str, str]:
    parts = HEADING.split(text)
    return {name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def form(text: str) -> str:
    found = sections(text)
    if "Closest" in found:
        return "A" if LINK.search(text) else "A0"
    if "(from page [" not in text:
        return "B-length" if "Behaviors" in found else "B-char"
    technologies = found["Technologies"].partition("\n")[0]
    if "relevancy" not in technologies:
        return "C"
    return "B-src" if "| src" in technologies else "B-name"


def bullets(body: str) -> list[str]:
    return [line.removeprefix("* ") for line in body.split("\n")]


def test_the_same_seed_gives_the_same_bytes(demo, tmp_path):
    folder, plan = demo
    assert corpus.generate(tmp_path) == plan
    assert contents(tmp_path) == contents(folder)


@pytest.mark.long
def test_another_seed_gives_other_cards(demo, tmp_path):
    corpus.generate(tmp_path, seed=1)
    assert not set(cards(tmp_path)) & set(cards(demo[0])) - set(demo[1].defects)


def test_the_demonstration_is_the_default_output(demo):
    # After a wanted change: rm -r data/demo && python -m signals_pipeline_tests.corpus data/demo
    assert contents(DEMO) == contents(demo[0])


def test_the_plan_is_known_without_writing(demo):
    plan = corpus.planted()
    assert (plan.issue_dates, plan.topics) == (demo[1].issue_dates, demo[1].topics)


@pytest.mark.long
def test_size(demo, large):
    assert len(cards(demo[0])) == corpus.DEFAULT_CARDS
    assert len(cards(large[0])) == N_LARGE
    assert 3_000_000 < sum(map(len, contents(demo[0]).values())) < 5_000_000


@pytest.mark.long
def test_a_file_is_named_by_the_md5_of_its_link(demo, large):
    for folder, _ in (demo, large):
        for name, text in cards(folder).items():
            link = LINK.search(text)
            if link:
                assert name == hashlib.md5(f"b'{link[1]}'".encode()).hexdigest() + ".md"
            else:
                assert text.startswith(f"# {name.removesuffix('.md')} from ([")


def test_files_have_the_line_ends_and_blank_lines_of_real_cards(demo):
    for text in cards(demo[0]).values():
        assert not text.endswith("\n")
        assert "\r" not in text
        if LINK.search(text):
            assert re.match(r"# __[^\n]+\n\n__\[External link\]\(\S+\)__\n{4}## ", text)
        body = text[text.index("## ") :]
        assert "\n\n\n" not in body
        assert not re.search(r"[^\n]\n## |\n## \w+\n[^\n]", body)


def test_every_form_has_its_sections_in_its_order(demo):
    middle = ["Keywords", "Themes", "Other", "Summary", "Signals"]
    order = {
        "A0": ["Summary", "Keywords", "Themes", "Signals", "Closest"],
        "A": ["Summary", "Keywords", "Themes", "Signals", "Closest"],
        "B-char": middle,
        "B-length": [*middle, "Behaviors", "Technologies", "Issues"],
        "B-name": [*middle, "Concerns", "Behaviors", "Technologies", "Issues"],
        "B-src": [*middle, "Concerns", "Behaviors", "Technologies", "Issues"],
        "C": [*middle, "Concerns", "Behaviors", "Technologies", "Issues"],
    }
    count: Counter[str] = Counter()
    for text in cards(demo[0]).values():
        name, names = form(text), list(sections(text))
        count[name] += 1
        optional = "Concerns" if name in ("B-name", "B-src") and "Concerns" not in names else None
        assert names == [section for section in order[name] if section != optional]
    assert set(count) == set(corpus.FORMS)
    assert all(count[name] >= 50 for name in ("A", "B-name", "B-src", "C"))


def test_columns_and_alignment_follow_the_form(demo):
    short = ["name", "description"]
    signals = ["name", "description", "change", "10-year", "driving-force", "relevancy"]
    for text in cards(demo[0]).values():
        name, found = form(text), sections(text)
        for section in found.keys() & {"Signals", "Concerns", "Behaviors", "Technologies", "Issues"}:
            header, rule, *_ = found[section].split("\n")
            columns = [cell.strip() for cell in header.strip("|").split("|")]
            if section == "Signals":
                old = ["Signal", "Change", "10y horizon", "Driving force"]
                assert columns == (old if name in ("A0", "A") else signals)
            elif name == "B-src" and section == "Technologies":
                assert columns == ["description", "relevancy", "src"]
            elif name == "C":
                assert columns == short
            elif not (name == "B-length" and section == "Technologies"):
                assert columns == [*short, "relevancy"]
            assert ("|   relevancy |" in header) == ("relevancy" in columns)
            marks = [cell.strip("-") for cell in rule.strip("|").split("|")]
            assert marks == [":" for _ in columns]
            assert all(
                cell.endswith(":") == (c == "relevancy")
                for c, cell in zip(columns, rule[1:-1].split("|"), strict=True)
            )


def test_tables_are_rectangular_but_for_the_planted_defects(demo):
    folder, plan = demo
    odd = set()
    for name, text in cards(folder).items():
        for body in sections(text).values():
            table = [line for line in body.split("\n") if line.startswith("|")]
            pipes = {tuple(match.start() for match in re.finditer(r"\|", line)) for line in table}
            if len(pipes) > 1:
                odd.add(plan.defects.get(name, name))
    assert odd == {"bare pipes in a cell", "row with fewer cells"}


@pytest.mark.long
def test_issues_are_sundays_in_the_believable_years(demo, large):
    for folder, plan in (demo, large):
        dates = plan.issue_dates
        assert all(day.weekday() == 6 for day in dates)
        assert "2022-06-01" <= dates[0].isoformat() < dates[-1].isoformat() <= "2026-06-28"
        assert len(set(dates)) == len(dates)
        known = {f"{day:%Y%m%d}" for day in dates}
        for name, text in cards(folder).items():
            match = TITLE.search(text)
            assert match
            assert match["page"] == corpus.NEWSLETTER + match["token"]
            if form(text) in ("B-char", "B-length"):
                assert re.fullmatch(r"\d{4,5}\.0", match["token"])
            elif name not in plan.defects:
                assert match["token"] in known


def test_more_issues_than_sundays_are_refused():
    assert len(corpus.issue_dates(212)) == 212
    with pytest.raises(ValueError, match="possible are"):
        corpus.issue_dates(300)


def test_no_link_is_younger_than_its_issue(demo):
    folder, plan = demo
    for name, text in cards(folder).items():
        match, link = TITLE.search(text), LINK.search(text)
        dated = link and re.search(r"/(20\d\d)/(\d\d)/(\d\d)?", link[1])
        if match and dated and name not in plan.defects and not match["token"].endswith(".0"):
            assert "".join(part or "" for part in dated.groups()) <= match["token"]


@pytest.mark.long
@pytest.mark.parametrize("which", ["demo", "large"])
def test_realised_shares_are_binomial_around_the_plan(which, request):
    folder, plan = request.getfixturevalue(which)
    number = {f"{day:%Y%m%d}": i for i, day in enumerate(plan.issue_dates)}
    per_issue: Counter[int] = Counter()
    listed: Counter[tuple[str, str, int]] = Counter()
    for name, text in cards(folder).items():
        match = TITLE.search(text)
        if not match or name in plan.defects or match["token"] not in number:
            continue
        issue, found = number[match["token"]], sections(text)
        per_issue[issue] += 1
        for kind in ("keyword", "theme"):
            for term in set(bullets(found[kind.capitalize() + "s"])):
                listed[kind, term, issue] += 1
    for topic in plan.topics:
        # The whole corpus, and its halves apart: a trend the wrong way round would show.
        half = len(plan.issue_dates) // 2
        for issues in (range(len(plan.issue_dates)), range(half), range(half, len(plan.issue_dates))):
            seen = sum(listed[topic.kind, surface, i] for surface in topic.surfaces for i in issues)
            mean = sum(per_issue[i] * topic.shares[i] for i in issues)
            variance = sum(per_issue[i] * topic.shares[i] * (1 - topic.shares[i]) for i in issues)
            assert abs(seen - mean) < 4 * variance**0.5, topic.topic


def test_most_keywords_are_rare(demo):
    count: Counter[str] = Counter()
    for text in cards(demo[0]).values():
        if form(text) != "B-char":
            count.update({keyword.casefold() for keyword in bullets(sections(text)["Keywords"])})
    assert 0.8 < sum(n <= 2 for n in count.values()) / len(count) < 0.9


def test_split_lists_can_be_joined_again(demo):
    split = [text for text in cards(demo[0]).values() if form(text) == "B-char"]
    assert split
    for text in split:
        characters = bullets(sections(text)["Keywords"])
        assert {len(character) for character in characters} == {1}
        assert len("".join(characters).split(",")) >= 4


def test_defects_are_where_the_plan_says(demo):
    folder, plan = demo
    text = {what: (folder / name).read_text() for name, what in plan.defects.items()}
    assert len(text) == 11
    assert text["wall page"].startswith("# __Verify you are human to continue__")
    assert re.search(r"\[20\d{6}d\]", text["issue token with a letter"])
    assert "[2029" in text["impossible issue date"]
    assert "|           9 |" in text["relevancy 9"]
    assert all(k[0] == k[-1] == '"' for k in bullets(sections(text["keywords in quotes"])["Keywords"]))
    assert f"__[External link]({corpus.NEWSLETTER}" in text["link to the newsletter's own page"]
    first, again = (LINK.search(text[what]) for what in text if what.startswith("article named twice"))
    assert first
    assert again
    assert again[1].startswith(first[1] + "?utm_")
    assert text["not a card"].startswith("# Overview\n\n* [")


@pytest.mark.long
def test_texts_have_no_seams(demo):
    doubled = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
    for name, text in cards(demo[0]).items():
        if form(text) == "B-char":
            continue
        assert not re.search(r"[{}]|=>", text), name
        prose = [line for line in text.split("\n") if line and not line.startswith(("* ", "|:"))]
        for cell in "|".join(prose).split("|"):
            assert not doubled.search(cell), (name, cell)
            assert not re.search(r"\.\.| [.,]", cell), (name, cell)
            assert not re.search(r"\b[Aa] [aeiou]\w|\b[Aa]n [^aeiouhAEIOU\d]", cell), (name, cell)


def test_small_corpora_have_no_defects_and_issues_may_be_empty(tmp_path):
    plan = corpus.generate(tmp_path, 10, 30)
    assert len(cards(tmp_path)) == 10
    assert set(plan.defects) == {"index.md"}


@pytest.mark.long
def test_a_thousand_cards_a_second(tmp_path):
    begin = time.process_time()
    corpus.generate(tmp_path, 1_000, 50)
    # Far above what it takes, for slow machines under load.
    assert time.process_time() - begin < 5
