"""The statements of a topic in a real browser: one section of them, and all others by a link."""

import duckdb
import pytest

from signals_pipeline.publish.report.lists import FOLDED_ABOVE, SHOWN_FIRST
from signals_pipeline.publish.report.topic_queries import OF_TOPIC
from signals_pipeline_tests.browser import started

pytestmark = pytest.mark.browser


def test_a_section_says_how_many_there_are_and_leads_to_all_of_them(report, tmp_path) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        topics = connection.execute(
            "SELECT topic_id, topic FROM topics WHERE kind = 'concept' AND topic = 'loneliness'"
        ).fetchall()
        ((topic_id, topic),) = topics
        found = connection.execute(OF_TOPIC["statements"], {"topics": [topic_id]})
        names = [column[0] for column in found.description]
        listed = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    n_in_sections = listed[0]["n_in_sections"]
    browser = started(tmp_path / "profile")
    try:
        browser.get((report.folder / "topics" / f"{topic}.html").as_uri())

        def chosen(section: str) -> tuple[int, str, str | None, int]:
            """Statements shown, what is said of them, where the link leads, and buttons below them."""
            return tuple(browser.execute_script(
                "const byId = (id) => document.getElementById(id);"
                "byId('section').value = arguments[0];"
                "byId('section').dispatchEvent(new Event('change'));"
                "const seen = (one) => one.getClientRects().length > 0;"
                "const link = byId('others');"
                "return [[...byId('statements').children].filter(seen).length, byId('shown').textContent,"
                " seen(link) ? link.getAttribute('href') : null,"
                " [...document.querySelectorAll('#statements + .more button')].filter(seen).length];",
                section,
            ))  # fmt: skip

        assert len(listed) > FOLDED_ABOVE
        assert chosen("") == (SHOWN_FIRST, "", None, 1)
        for section, n in n_in_sections.items():
            n_listed = sum(section in row["sections"] for row in listed)
            said = section.replace("_", " ")
            if n_listed == n:
                assert chosen(section) == (n, f"{n} {said}", None, 0)
            else:
                link = f"../search.html#concept={topic}&section={section}"
                assert chosen(section) == (n_listed, f"{n_listed} of {n} {said} ·", link, 0)
        n_unrated = sum(row["relevancy"] is None for row in listed)
        said = browser.execute_script(
            "document.getElementById('section').value = '';"
            "document.getElementById('order').value = 'relevant';"
            "document.getElementById('order').dispatchEvent(new Event('change'));"
            "const said = document.getElementById('shown').textContent;"
            "document.getElementById('order').value = 'newest';"
            "return said;"
        )
        verb = "stands" if n_unrated == 1 else "stand"
        assert said == (f"{n_unrated} without a rating {verb} last" if n_unrated else "")
        assert {row["sections"][0] for row in listed} <= n_in_sections.keys()
        assert chosen("") == (SHOWN_FIRST, "", None, 1)
    finally:
        browser.quit()
