"""The generator of demonstration cards: same bytes everywhere, shapes of real cards, planted shares."""

import hashlib
import math
import re
import statistics
import time
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from signals_pipeline_tests import corpus, plants

DEMO = Path(__file__).parents[1] / "data" / "demo"
N_LARGE, N_LARGE_ISSUES = 3_000, 150
HEADING = re.compile(r"^## (\w+)$", re.MULTILINE)
TITLE = re.compile(r"^# .*\[(?P<token>[^\]]+)\]\((?P<page>[^)]+)\)\.\)$", re.MULTILINE)
LINK = re.compile(r"^__\[External link\]\((.+)\)__$", re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, plants.Planted]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, corpus.generate(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, plants.Planted]:
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
    plan = plants.planted()
    assert (plan.issue_dates, plan.topics) == (demo[1].issue_dates, demo[1].topics)


def of_pattern(pattern: str, plan: plants.Planted | None = None) -> list[plants.PlantedTopic]:
    return [topic for topic in (plan or plants.planted()).topics if topic.pattern == pattern]


def log_odds(shares: tuple[float, ...]) -> list[float]:
    return [math.log(share / (1 - share)) for share in shares]


def test_a_late_topic_is_born_in_the_middle_and_flat_since():
    for topic in of_pattern("late"):
        assert topic.start == plants.planted().issue_dates[24]
        assert topic.shares == (0.0,) * 24 + (topic.after,) * 24


def test_a_halved_topic_has_half_its_share_in_the_last_third():
    for topic in of_pattern("halved"):
        assert topic.start == plants.planted().issue_dates[31]
        assert topic.shares == (0.2,) * 31 + (0.1,) * 17


def test_waves_go_about_their_level_and_come_back():
    """Sums over 400 seeds: the mean, the spread, and how much of a wave is left at the next issue."""
    waves = [
        [value - log_odds((topic.before,))[0] for value in log_odds(topic.shares)]
        for seed in range(400)
        for topic in of_pattern("waves", plants.planted(seed=seed))
    ]
    values = [value for wave in waves for value in wave]
    assert abs(statistics.fmean(values)) < 0.05
    assert statistics.pstdev(values) == pytest.approx(0.6, abs=0.03)
    assert statistics.pstdev([wave[0] for wave in waves]) == pytest.approx(0.6, abs=0.05)
    now = [value for wave in waves for value in wave[1:]]
    before = [value for wave in waves for value in wave[:-1]]
    assert statistics.correlation(now, before) == pytest.approx(0.9, abs=0.02)


def test_the_seed_moves_the_waves_alone():
    for one, other in zip(plants.planted().topics, plants.planted(seed=1).topics, strict=True):
        assert (one.shares == other.shares) == (one.pattern != "waves")


def test_a_season_is_back_after_a_year():
    plan = plants.planted(190)
    for topic in of_pattern("season", plan):
        share = dict(zip(plan.issue_dates, log_odds(topic.shares), strict=True))
        level = log_odds((topic.before,))[0]
        assert max(share.values()) - level == pytest.approx(0.6, abs=0.001)
        assert min(share.values()) - level == pytest.approx(-0.6, abs=0.001)
        for day, value in share.items():
            # 1 June is the height of a season, 1 March and 31 August lie a quarter of a year from it.
            near = abs((day - day.replace(month=6, day=1)).days)
            assert (value > level) == (near < 91.3125) or abs(near - 91.3125) < 2
            later = share.get(day + 52 * (plan.issue_dates[1] - plan.issue_dates[0]))
            assert later is None or later == pytest.approx(value, abs=0.02)


def test_one_of_two_names_is_in_a_card_and_its_form_says_which(large):
    folder, _ = large
    older, newer = of_pattern("names")
    assert (older.before, newer.before) == (older.after, newer.after) == (0.14, 0.14)
    assert set(older.forms) | set(newer.forms) == set(plants.FORMS)
    assert not set(older.forms) & set(newer.forms)
    # Together they are flat; the first issue has a tenth of its cards in form C, the last 74 in a hundred.
    assert all(a + b == pytest.approx(0.14) for a, b in zip(older.shares, newer.shares, strict=True))
    assert (newer.shares[0], newer.shares[-1]) == pytest.approx((0.014, 0.1036))
    count: Counter[str] = Counter()
    for text in cards(folder).values():
        terms = set(bullets(sections(text)["Keywords"]))
        for topic in (older, newer):
            if terms & set(topic.surfaces):
                count[topic.topic] += 1
                assert form(text) in topic.forms
                assert (other := newer if topic is older else older).topic not in text, other
    assert sum(count.values()) == pytest.approx(0.14 * N_LARGE, abs=4 * (0.14 * 0.86 * N_LARGE) ** 0.5)


def test_cards_of_one_form_have_one_of_two_names():
    for only, shares in (("C", (0.0, 0.14)), ("A", (0.14, 0.0))):
        topics = of_pattern("names", plants.planted(form=only))
        assert tuple(set(topic.shares) for topic in topics) == tuple({share} for share in shares)


def test_what_is_planted_last_leaves_the_articles_without_it_as_they_were():
    plan = plants.planted()
    never = [replace(one, before=0.0, shares=(0.0,) * len(one.shares)) for one in plan.topics]
    without = replace(plan, topics=(*plan.topics[: plants.FIRST_STREAM], *never[plants.FIRST_STREAM :]))
    same = []
    for no in range(100):
        article, other = (corpus._article(one, no, 40, "C") for one in (plan, without))
        assert other.carried == [one for one in article.carried if one in without.topics]
        if article.carried == other.carried:
            same.append(article == other)
    assert len(same) > 20
    assert all(same)


def test_every_planted_topic_is_in_at_least_eight_cards(demo):
    seen: Counter[str] = Counter()
    for text in cards(demo[0]).values():
        found = sections(text)
        for topic in demo[1].topics:
            seen[topic.topic] += bool({*bullets(found[topic.kind.capitalize() + "s"])} & {*topic.surfaces})
    assert {topic: n for topic, n in seen.items() if n < 8} == {}


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
    assert set(count) == set(plants.FORMS)
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
    assert len(plants.issue_dates(212)) == 212
    with pytest.raises(ValueError, match="possible are"):
        plants.issue_dates(300)


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
            assert abs(seen - mean) <= 4 * variance**0.5, topic.topic


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


@pytest.fixture(scope="module")
def with_ideas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, plants.Planted]:
    folder = tmp_path_factory.mktemp("ideas")
    return folder, corpus.generate(folder, N_LARGE, N_LARGE_ISSUES, with_ideas=True)


def phrasing_shares(idea: plants.PlantedIdea) -> list[float]:
    """The mean planted share of each phrasing."""
    return [statistics.fmean(of_issue) for of_issue in zip(*idea.shares, strict=True)]


def test_an_idea_rises_evenly_in_log_odds_and_its_phrasings_are_equally_frequent():
    rising, _ = plants.planted(5, with_ideas=True).ideas
    odds = log_odds(tuple(sum(one) for one in rising.shares))
    assert odds == pytest.approx([-3.8918, -3.6067, -3.3217, -3.0366, -2.7515], abs=0.001)
    assert {len(set(one)) for one in rising.shares} == {1}


def test_a_flat_idea_has_its_phrasings_replaced():
    _, replaced = plants.planted(3, with_ideas=True).ideas
    # 16, 8, 4, 2 and 1 parts of 31, then equal ones, then the other way round.
    assert [[round(share, 4) for share in one] for one in replaced.shares] == [
        [0.0774, 0.0387, 0.0194, 0.0097, 0.0048],
        [0.03, 0.03, 0.03, 0.03, 0.03],
        [0.0048, 0.0097, 0.0194, 0.0387, 0.0774],
    ]


def test_without_the_option_there_are_no_ideas(demo):
    assert (demo[1].ideas, demo[1].near) == ((), {})


@pytest.mark.long
def test_ideas_stand_on_cards_as_often_as_planted_in_one_phrasing_at_a_time(with_ideas):
    folder, plan = with_ideas
    for idea in plan.ideas:
        # Cards of form B-char have lost where a keyword ends.
        lists = [
            bullets(sections(text)["Keywords"]) for text in cards(folder).values() if form(text) != "B-char"
        ]
        found = [[one for one in idea.phrasings if one in keywords] for keywords in lists]
        assert max(map(len, found)) == 1
        counted = Counter(one for named in found for one in named)
        for phrasing, share in zip(idea.phrasings, phrasing_shares(idea), strict=True):
            expected = share * len(lists)
            # Four standard errors, and that cards which tell a story again count twice.
            assert abs(counted[phrasing] - expected) < 4 * math.sqrt(1.1 * expected)


@pytest.mark.long
def test_a_card_with_an_idea_says_it_in_one_of_several_ways(with_ideas):
    folder, plan = with_ideas
    for idea in plan.ideas:
        said = Counter(
            saying for text in cards(folder).values() for saying in idea.sayings if f"| {saying} " in text
        )
        assert len(set(idea.sayings)) == len(said) == 5
        assert min(said.values()) > 3


@pytest.mark.long
def test_near_cards_tell_one_story_under_two_titles_from_two_links(with_ideas):
    folder, plan = with_ideas
    found = cards(folder)
    assert 60 < len(plan.near) <= N_LARGE / 40
    for near, other in plan.near.items():
        links, titles = zip(
            *((LINK.findall(found[name]), found[name].partition("\n")[0]) for name in (near, other)),
            strict=True,
        )
        assert links[0] != links[1] or not links[0]
        assert titles[0] != titles[1]
    shared = [
        set(bullets(sections(found[a])["Keywords"])) & set(bullets(sections(found[b])["Keywords"]))
        for a, b in plan.near.items()
    ]
    assert statistics.fmean(map(len, shared)) > 1


@pytest.mark.long
def test_ideas_leave_other_cards_as_they_are(with_ideas, tmp_path):
    folder, plan = with_ideas
    corpus.generate(tmp_path, N_LARGE, N_LARGE_ISSUES)
    one, other = cards(folder), cards(tmp_path)
    assert one.keys() - other.keys() <= plan.near.keys()
    phrasings = [phrasing for idea in plan.ideas for phrasing in idea.phrasings]
    plain = [name for name in one.keys() & other.keys() if "Closest" not in sections(one[name])]
    changed = [name for name in plain if one[name] != other[name]]
    assert all(
        any(f"* {phrasing}\n" in one[name] for phrasing in phrasings) or form(one[name]) == "B-char"
        for name in changed
    )
