"""The report as a whole: what is on its pages, and what no card can make them do."""

import base64
import hashlib
import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs

import duckdb
import pytest

from signals_pipeline.publish.report.reading import CARDS_A_PAGE, read
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.topic_list import write_topic_list
from signals_pipeline.publish.report.topic_queries import CARDS_LISTED
from signals_pipeline.publish.report.write import write_report
from signals_pipeline.publish.spreadsheet import sheets
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.publish.conftest import build, published
from signals_pipeline_tests.publish.report import hostile
from signals_pipeline_tests.publish.report.page import Page


@pytest.fixture(scope="module")
def parsed(pages) -> dict[str, Page]:
    return {path: Page(text) for path, text in pages.items()}


@pytest.fixture(scope="module")
def query(report):
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


# What is there


def test_every_kind_of_page_is_there(pages, query) -> None:
    assert {
        "index.html",
        "topics.html",
        "compare.html",
        "issues.html",
        "map.html",
        "quality.html",
        "questions.html",
        "dictionary.html",
    } <= pages.keys()
    counts = Counter(path.rpartition("/")[0] for path in pages)
    named = "SELECT concept_id FROM concept_members WHERE relation = 'is' GROUP BY ALL HAVING count(*) > 1"
    enough = "SELECT count(*) FROM topic_momentum WHERE kind = 'concept' AND n_cards_with >= 3"
    of_kind = (
        "SELECT count(family_size) FROM topic_momentum "
        "JOIN concept_members AS c ON c.member_topic_id = topic_id "
        f"WHERE c.relation = 'is' AND c.concept_id IN ({named}) AND topic_momentum.kind = "
    )
    assert {folder: n for folder, n in counts.items() if folder not in ("", "cards")} == {
        "topics": query(enough)[0][0],
        "topics/keyword": query(f"{of_kind} 'keyword'")[0][0],
        "topics/theme": query(f"{of_kind} 'theme'")[0][0],
        "issues": query("SELECT count(*) FROM newsletter_issues")[0][0],
        "years": query("SELECT count(DISTINCT year(issue_date)) FROM newsletter_issues")[0][0],
    }


def test_every_card_has_its_place_with_the_lines_that_it_was_read_from(pages, query) -> None:
    cards = "".join(text for path, text in pages.items() if path.startswith("cards/"))
    assert cards.count('<article class="card"') == query("SELECT count(*) FROM parsed.cards")[0][0]
    for path, line in query("SELECT path, line FROM parsed.cards"):
        assert f'<span class="place">{path}:{line}</span>' in cards
    for (line,) in query("SELECT DISTINCT line FROM statements"):
        assert f"<small>{line}</small>" in cards


@pytest.mark.long
def test_every_link_within_the_report_leads_somewhere(parsed, report) -> None:
    ids = {
        path: {found["id"] for _, found in page.elements if "id" in found} for path, page in parsed.items()
    }
    for path, page in parsed.items():
        for href in (found["href"] for found in page.all("a") if "://" not in found["href"]):
            target, _, anchor = href.partition("#")
            if target.startswith(f"{'../' * path.count('/')}../"):
                # What lies beside the report.
                assert (report.folder / PurePosixPath(path).parent / target).is_file(), (path, href)
                continue
            resolved = _resolved(path, target) if target else path
            assert resolved in parsed or (report.folder / resolved).is_file(), (path, href)
            if resolved == "search.html" and "=" in anchor:
                # What is asked for: every filter is a field of the form.
                assert parse_qs(anchor, strict_parsing=True).keys() <= ids[resolved] | {"view"}, (path, href)
            elif resolved == "topics.html" and "=" in anchor:
                assert parse_qs(anchor, strict_parsing=True).keys() <= {"stage"}, (path, href)
            elif resolved == "compare.html" and "=" in anchor:
                assert parse_qs(anchor, strict_parsing=True).keys() == {"t"}, (path, href)
            else:
                assert not anchor or anchor in ids[resolved], (path, href)


def _resolved(path: str, target: str) -> str:
    parts = [*PurePosixPath(path).parent.parts, *PurePosixPath(target).parts]
    while ".." in parts:
        at = parts.index("..")
        del parts[at - 1 : at + 1]
    return "/".join(parts)


def test_ids_are_unique_on_every_page(parsed) -> None:
    for path, page in parsed.items():
        ids = [found["id"] for _, found in page.elements if "id" in found]
        assert len(ids) == len(set(ids)), path


def test_headings_come_in_order_and_tables_have_headers(parsed) -> None:
    for path, page in parsed.items():
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels.count(1) == 1, path
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), path
        assert all(found.get("scope") in {"col", "row"} for found in page.all("th")), path


def test_every_chart_has_a_title_a_sentence_and_its_data(pages, parsed) -> None:
    for path, page in parsed.items():
        # A drawing with links in it is a group: readers of screens take an image as a whole.
        charts = [found for found in page.all("svg") if found.get("role") in ("img", "group")]
        assert all(found.get("aria-hidden") == "true" for found in page.all("svg") if found not in charts)
        # Of the page and of each chart; those without an id are of what is drawn in it.
        assert len([found for found in page.all("title") if "id" in found]) == len(charts), path
        assert len(page.all("desc")) == len(charts), path
        if charts:
            assert page.all("table"), path


def test_the_page_of_a_topic_says_what_the_tables_say(report, pages, query) -> None:
    topic_id, x = query(
        "SELECT topic_id, n_cards_with FROM topic_momentum WHERE topic = 'heat pump' AND kind = 'concept'"
    )[0]
    n = query(f"SELECT sum(n_cards) FROM topic_trend WHERE topic_id = '{topic_id}' AND grain = 'year'")[0][0]
    page = pages["topics/heat-pump.html"]
    assert f"It is named on {x} of {n} cards" in Page(page).text.replace("\u00a0", " ")
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        places = read(connection, 1).card_places
    listed = re.findall(r'<a href="\.\./(cards/[^"]+)"[^>]*>[^<]*</a> <span class="place">line (\d+)<', page)
    lines = query(
        "SELECT card_id, min(line) FROM evidence "
        f"WHERE topic_id = '{topic_id}' AND is_counted AND how = 'name' GROUP BY card_id"
    )
    assert set(listed) <= {(places[card_id], str(line)) for card_id, line in lines}
    assert len(listed) == min(len(lines), CARDS_LISTED)


def test_a_forecast_is_shown_only_where_it_is_published(pages, query) -> None:
    for topic, is_published in query(
        "SELECT topic, bool_or(is_published) FROM topic_forecast WHERE kind = 'concept' GROUP BY topic"
    ):
        (page,) = (page for page in pages.values() if f"<title>{topic} – Signals" in page)
        assert ("What may come" in page) == is_published


def test_a_forecast_says_for_how_many_cards_it_is_and_how_often_it_was_right(report, tmp_path) -> None:
    database = tmp_path / "signals.duckdb"
    shutil.copyfile(report.database.resolve(), database)
    with duckdb.connect(str(database)) as connection:
        found = connection.execute(
            "SELECT topic_id, kind, topic FROM topic_momentum WHERE topic = 'heat pump' AND kind = 'concept'"
        ).fetchone()
        connection.execute(
            "INSERT INTO topic_forecast BY NAME SELECT ? AS topic_id, ? AS kind, ? AS topic, "
            "10 AS horizon_issues, 155 AS n_expected, 0.02 AS share_p10, 0.05 AS share_p50, "
            "0.09 AS share_p90, "
            "'model' AS model, 141 AS n_origins, 14 AS n_windows, -2 AS log_score, -3 AS log_score_naive, "
            "1 AS mae_pp, 0.83 AS coverage_80, 1 AS skill, 0.25 AS skill_se, TRUE AS is_published",
            found,
        )
        write_report(connection, tmp_path / "report")
    page = Page((tmp_path / "report" / "topics" / "heat-pump.html").read_text("utf-8"))
    text = page.text.replace("\u00a0", " ")
    assert "The share of the cards of the next newsletter issues, all together." in text
    assert " ".join(text.partition("Was in it before")[2].split()).startswith(
        "10 155 5 % 2 to 9 % 83 % of 141 times (14)"
    )


def test_rejects_and_uncounted_cards_are_listed_with_path_line_and_reason(parsed, query) -> None:
    text = parsed["quality.html"].text
    for path, line in query("SELECT path, line FROM parsed.rejects"):
        assert f"{path}:{line}" in text
    for path, line in query("SELECT path, line FROM parsed.cards WHERE NOT is_counted"):
        assert f"{path}:{line}" in text


def test_every_column_is_in_the_dictionary(parsed, query) -> None:
    text = parsed["dictionary.html"].text
    for name, column in query("SELECT table_name, column_name FROM data_dictionary"):
        assert name in text
        assert column in text


def test_a_question_leads_to_the_pages_that_answer_it_too(pages) -> None:
    page = pages["questions.html"]
    of_topic = r'<a href="topics/[^"]+\.html">the page of each topic, such as “[^”]+”</a>'
    assert re.search(f'{of_topic}, <a href="map.html">the map</a>', page)
    # Of many years the last one.
    assert page.count('Also on: <a href="years/2026.html">the page of each year</a>') == 3


def test_what_is_another_in_each_run_is_on_the_overview_and_on_the_page_about_quality(
    report, pages, tmp_path
) -> None:
    """All other pages stay as they are, but for the one that says since when it tells of changes."""
    database = tmp_path / "signals.duckdb"
    shutil.copyfile(report.database.resolve(), database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "UPDATE snapshot SET snapshot = '20260801T000000Z-00000000', as_of = as_of + 1, "
            "built_at = built_at + INTERVAL 1 DAY, input_fingerprint = 'other', "
            "since_snapshot = '20260701T000000Z-00000000', "
            "n_files = n_files + 1, n_counted = n_counted + 1, n_statements = n_statements + 1, "
            "n_newsletter_issues = n_newsletter_issues + 1, package_version = '9.9'"
        )
        write_report(connection, tmp_path / "report")
    written = {path: (tmp_path / "report" / path).read_text("utf-8") for path in pages}
    differing = {path for path in pages if written[path] != pages[path]}
    assert differing == {"index.html", "quality.html", "changes.html"}
    assert {path for path in pages if "Made from" in pages[path]} == {"index.html", "quality.html"}


# What is not


def test_every_page_forbids_all_but_its_style_and_its_scripts(pages, parsed) -> None:
    for path, page in parsed.items():
        (policy,) = [
            found["content"]
            for found in page.all("meta")
            if found.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy.startswith("default-src 'none'; ")
        (style,) = page.raw["style"]
        assert f"style-src '{_hash(style)}'" in policy
        # What has a type is data, which no browser runs.
        ours = [one for one in page.all("script") if not one]
        sources = re.findall("<script>(.*?)</script>", pages[path], re.DOTALL)
        assert len(sources) == len(ours) >= bool(page.all("table")), path
        assert {one["type"] for one in page.all("script") if one} <= {"application/json"}
        hashes = " ".join(f"'{_hash(source)}'" for source in sources)
        assert f"script-src {hashes}" in policy if sources else "script-src" not in policy


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_no_text_of_a_card_becomes_an_element_or_an_attribute(parsed) -> None:
    allowed = {
        *(
            "html",
            "head",
            "meta",
            "title",
            "link",
            "style",
            "script",
            "body",
            "header",
            "nav",
            "main",
            "footer",
        ),
        *("div", "section", "article", "figure", "figcaption", "details", "summary", "h1", "h2", "h3", "p"),
        *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "label", "input"),
        *("a", "span", "bdi", "b", "i", "br", "code", "pre", "svg", "desc", "path", "rect", "circle", "text"),
        *("button", "datalist", "fieldset", "form", "legend", "noscript", "option", "select", "small"),
    }
    for path, page in parsed.items():
        for tag, found in page.elements:
            assert tag in allowed, (path, tag)
            assert not [name for name in found if name.startswith("on") or name in {"src", "style"}], (
                path,
                tag,
            )


def test_hostile_texts_are_there_to_be_read(parsed) -> None:
    text = " ".join(page.text for page in parsed.values())
    for one in hostile.TEXTS:
        assert one in text
    assert "\\u202eright to left" in text


def test_only_http_links_are_followed_and_their_host_stands_beside_them(parsed) -> None:
    for path, page in parsed.items():
        for found in page.all("a"):
            href = found["href"]
            if ":" in href:
                assert href.startswith(("https://", "http://")), (path, href)
                assert found["rel"] == "noopener noreferrer"
    text = " ".join(page.text for page in parsed.values())
    for url in hostile.BAD_LINKS:
        assert f"article, not to be followed: {url}" in text
    assert "article evil.example" in text
    assert "article xn--80ak6aa92e.example" in text


def test_no_control_character_and_no_credential_is_on_a_page(pages) -> None:
    for path, page in pages.items():
        text = re.sub(r'id="texts">.*?</script>', "", page)
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text
        ), path
        assert "eyJ" not in text
        assert "bank.example" not in text


def test_file_names_are_plain_whatever_the_topics_are(pages) -> None:
    assert all(re.fullmatch(r"([a-z]+/){0,2}[a-z0-9-]+\.html", path) for path in pages)


def test_nothing_names_the_machine_or_the_moment(pages, report, query) -> None:
    ((built_at, snapshot),) = query("SELECT built_at, snapshot FROM snapshot")
    for text in pages.values():
        assert str(report.folder.parent) not in text
        assert str(Path.home()) not in text
        assert str(built_at) not in text
        assert snapshot not in text


# How large, and always the same


@pytest.mark.long
def test_the_same_database_gives_the_same_bytes_and_the_size_told_is_theirs(report, tmp_path) -> None:
    told = report.written(tmp_path)
    again = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.html")}
    assert again == {
        path.relative_to(report.folder).as_posix(): path.read_bytes()
        for path in report.folder.rglob("*.html")
    }
    assert told.n_pages == len(again)
    assert told.n_bytes == sum(map(len, again.values()))


def test_pages_are_small(pages) -> None:
    assert len(pages["index.html"].encode()) < 150_000
    assert max(len(text.encode()) for text in pages.values()) < 2_000_000
    assert all(text.count('<article class="card"') <= CARDS_A_PAGE for text in pages.values())


def test_the_list_of_topics_counts_two_that_are_one_finding_once(report, tmp_path) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        book = read(connection, max_topics=5)
        most, *others = book.topics
        most["same_as"] = "moss"
        write_topic_list(book, Site(tmp_path, {"book": book, "about": book.about}))
    listed = (tmp_path / "topics.html").read_text("utf-8")
    for stage, n in Counter(row["stage"] for row in others if row["same_as"] is None).items():
        assert re.search(rf'<option value="{stage}"[^>]*>[^<]*\({n:,}\)</option>', listed)
        assert listed.count(f"<td>{stage}</td>") == n
    assert listed.count("<td>as <bdi>moss</bdi></td>") == 1


def test_the_page_of_data_says_what_each_file_holds(pages) -> None:
    for name, held in sheets().items():
        assert f'<a href="../csv/{name}.csv">{name}</a></th><td>{held}</td>' in pages["data.html"]


@pytest.mark.long
def test_the_number_of_topic_pages_is_bounded_and_the_others_are_still_found(report, tmp_path, query) -> None:
    report.written(tmp_path, max_topics=5)
    assert len(list((tmp_path / "topics").rglob("*.html"))) == 5
    listed = (tmp_path / "topics.html").read_text("utf-8")
    assert (
        listed.count("<tr>") == 1 + query("SELECT count(*) FROM topic_momentum WHERE kind = 'concept'")[0][0]
    )
    # Of the pages, one is that of a name, to which the page of its concept leads.
    assert (
        len(re.findall(r'href="topics/[a-z0-9-]+\.html', listed))
        == len(list((tmp_path / "topics").glob("*.html")))
        == 4
    )


@pytest.mark.long
def test_there_is_a_report_of_nothing_counted(tmp_path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    title = "# __Kelp__, (from page [soon](https://newsletter.example.org/).)\n"
    (raw / "kelp.md").write_text(title, "utf-8")
    with opened(tmp_path / "build", raw) as store:
        build(store, raw)
        published(store, tmp_path / "published")
    pages = tmp_path / "published" / "current" / "report"
    overview = Page((pages / "index.html").read_text("utf-8")).text
    assert "No card is counted yet." in overview
    assert "At a glance" not in overview
