"""The macros card, search and similar_to, against the same written out in Python."""

import math
import re
import unicodedata
from collections import Counter

import duckdb
import pytest

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline_tests.marts.sample import I1, I2, I3, Card
from signals_pipeline_tests.marts.sample import database as of_cards

TEXTS = """
SELECT 'card', c.card_id, c.line, concat_ws(
    ' ', c.title, c.summary, (
        SELECT string_agg(i.raw_text, ', ' ORDER BY i.place, i.row_no)
        FROM (
            SELECT 1 AS place, * FROM parsed.keywords UNION ALL SELECT 2 AS place, * FROM parsed.themes
        ) AS i
        WHERE i.card_id = c.card_id
    )
)
FROM parsed.cards AS c
UNION ALL
SELECT s.section, s.card_id, s.line,
    concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force)
FROM statements AS s
"""


EVERY_DAY = (
    Card(I1, ("C#", "C++ compiler", "a .NET runtime", "smart cities", "movie", "rare species", "ties")),
    Card(I2, ("c", "5G", "asp.net"), ("pension fraud",)),
    Card(I3, ("notepad++", "issue#12", "grade c+", "city hall", "movies", "TV series", "embassy")),
    Card(None, ("5G",), token="undated"),
)


@pytest.fixture(scope="module")
def database(folder):
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        yield connection


def words_of(text: str) -> list[str]:
    """Letters and digits without case, accents and plural; C#, C++ and .NET as they are."""
    plain = "".join(
        one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one)
    )
    found = re.findall(r"(?<!\w)[^\W\d_](?:#(?!\w)|\+\+)|(?<!\w)\.net(?!\w)|[^\W_]+", plain)
    return [
        re.sub("ies?$", "y", word) if re.search("..ies?$", word) else re.sub("([^s]{3})s$", r"\1", word)
        for word in found
    ]


def looked_for(asked: str) -> set[str]:
    """The words of a question without those that say nothing of what it is about, unless it has no other."""
    words = set(words_of(asked))
    return words - {"a", "an", "and", "for", "in", "of", "or", "the", "to"} or words


def bm25(database, asked: str) -> dict[tuple, tuple[float, float]]:
    """Okapi BM25 with k1 1.2 and b 0.75, lengths in characters, of every text with one of the words.

    Beside it the part of the weight of all words asked for that the text holds.
    """
    texts = [(row[:3], row[3]) for row in database.execute(TEXTS).fetchall()]
    mean = sum(len(text) for _, text in texts) / len(texts)
    counts = [Counter(words_of(text)) for _, text in texts]
    scores: dict[tuple, float] = {}
    held: dict[tuple, float] = {}
    weight_of_all = 0.0
    for word in looked_for(asked):
        df = sum(1 for count in counts if count[word])
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        weight_of_all += idf
        for (place, text), count in zip(texts, counts, strict=True):
            if tf := count[word]:
                weight = tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / mean))
                scores[place] = scores.get(place, 0) + idf * weight
                held[place] = held.get(place, 0) + idf
    return {place: (scores[place], held[place] / weight_of_all) for place in scores}


@pytest.mark.parametrize(
    "asked",
    ["heat pumps", "WATER", "new", "Énergy of the cities", "kelp", "zzzzz water", "The", "or to", "AN AI"],
)
def test_search_ranks_by_bm25(database, asked) -> None:
    expected = bm25(database, asked)
    found = database.execute(
        "SELECT section, card_id, line, score, words_held FROM search(?, n := 10000) ORDER BY rank_no",
        [asked],
    ).fetchall()
    assert {row[:3]: row[3:] for row in found} == {
        place: pytest.approx(score, abs=6e-4) for place, score in expected.items()
    }
    assert [row[3] for row in found] == sorted((row[3] for row in found), reverse=True)


@pytest.fixture(scope="module")
def small():
    with of_cards(EVERY_DAY) as connection:
        yield connection


def days(connection, call: str) -> list:
    found = connection.execute(f"SELECT issue_date FROM search({call}) ORDER BY issue_date NULLS LAST")
    return [day for (day,) in found.fetchall()]


def test_search_finds_a_card_by_its_keywords_and_themes(small) -> None:
    assert days(small, "'pension fraud'") == [I2]
    ((snippet,),) = small.execute("SELECT snippet FROM search('frauds')").fetchall()
    assert snippet == "Title c, 5G, asp.net, pension fraud"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("C#", [I1]),
        ("c++", [I1]),
        (".NET", [I1]),
        ("c", [I2, I3]),
        ("net", [I2]),
        ("5g", [I2, None]),
        ("notepad", [I3]),
        ("12", [I3]),
    ],
)
def test_names_with_signs_are_words_of_their_own(small, asked, found) -> None:
    assert days(small, f"'{asked}'") == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("City", [I1, I3]),
        ("cities", [I1, I3]),
        ("movie", [I1, I3]),
        ("movies", [I1, I3]),
        ("series", [I3]),
        ("species", [I1]),
        ("tie", [I1]),
        ("embassies", [I3]),
    ],
)
def test_a_plural_and_its_singular_find_each_other(small, asked, found) -> None:
    assert days(small, f"'{asked}'") == found


def test_a_snippet_shows_the_word_in_whatever_form(database) -> None:
    found = database.execute("SELECT snippet FROM search('city', n := 100)").fetchall()
    assert found
    assert all(re.search("cit(y|ies)", snippet.lower()) for (snippet,) in found)


def test_search_looks_at_one_section_and_at_newsletter_issues_from_day_to_day(database) -> None:
    every = database.execute("FROM search('new', n := 10000)").fetchall()
    names = [column for column, *_ in database.description]
    section, day = names.index("section"), names.index("issue_date")
    kept = ["score", "section", "card_id", "row_no"]
    for one in ("card", *STATEMENT_SECTIONS):
        found = database.execute(
            f"SELECT {', '.join(kept)} FROM search('new', 10000, '{one.upper()}')"
        ).fetchall()
        assert found == [
            tuple(row[names.index(name)] for name in kept) for row in every if row[section] == one
        ]
        assert found
    assert database.execute(
        "SELECT count(*) FROM search('new', n := 10000, section := 'cards')"
    ).fetchall() == [(sum(row[section] == "card" for row in every),)]
    dated = sorted({row[day] for row in every if row[day]})
    first, last = dated[1], dated[-2]
    for since in (f"'{first}'", f"DATE '{first}'", f"TIMESTAMP '{first}'"):
        found = database.execute(
            f"SELECT issue_date FROM search('new', n := 10000, since := {since}, until := '{last}')"
        ).fetchall()
        assert [one for (one,) in found] == [
            row[day] for row in every if row[day] and first <= row[day] <= last
        ]


def test_a_card_without_a_date_is_found_where_no_day_is_given(small) -> None:
    assert days(small, "'5G'") == [I2, None]
    assert days(small, "'5G', since := '1900-01-01'") == [I2]
    assert days(small, "'5G', until := '2100-01-01'") == [I2]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("section := 'nope'", f"section is card or one of {', '.join(STATEMENT_SECTIONS)}, and not 'nope'"),
        ("section := 3", "section is card or one of"),
        ("since := '2025'", "since is a day such as 2025-01-31, and not '2025'"),
        ("since := 2025", "since is a day such as 2025-01-31"),
        ("until := 'tomorrow'", "until is a day such as 2025-01-31"),
        ("n := -1", "n is a number from 1 up, and not -1"),
        ("n := 0", "n is a number from 1 up, and not 0"),
    ],
)
@pytest.mark.parametrize("asked", ["new", "zzzzzz"])
def test_search_says_what_is_wrong_with_an_argument(database, asked, given, says) -> None:
    with pytest.raises(duckdb.Error, match=f"search: {says}"):
        database.execute(f"FROM search('{asked}', {given})").fetchall()


@pytest.mark.parametrize("asked", ["'; DROP TABLE topics; --", "zzzzzz", None])
def test_search_for_what_nowhere_stands_finds_nothing(database, asked) -> None:
    found = database.execute("FROM search(?)", [asked]).fetchall()
    assert len(found) <= 20
    if asked is None or asked == "zzzzzz":
        assert found == []


@pytest.mark.parametrize("asked", ["", "   ", "%", "\\", '""'])
def test_search_without_a_word_says_what_to_write(database, asked) -> None:
    with pytest.raises(duckdb.Error, match="search: write what to look for in words, such as 'heat pump'"):
        database.execute("FROM search(?)", [asked]).fetchall()


def test_search_with_quotes_is_that_without_and_words_held_tells_what_holds_all_words(small) -> None:
    assert days(small, "'\"pension fraud\"'") == days(small, "'pension fraud'")
    held = small.execute("SELECT words_held FROM search('pension zzzzzz')").fetchall()
    assert [0 < one < 1 for (one,) in held] == [True]
    assert small.execute("SELECT words_held FROM search('fraud pension')").fetchall() == [(1.0,)]


def test_a_text_holds_all_words_whatever_function_words_it_lacks(small) -> None:
    for asked in ("pension or fraud", "the fraud of A pension", "pension AND fraud"):
        assert small.execute("SELECT words_held FROM search(?)", [asked]).fetchall() == [(1.0,)]
    assert small.execute("FROM search('the of')").fetchall() == []


def test_search_shows_where_the_word_stands_and_gives_as_many_as_asked(database) -> None:
    found = database.execute("SELECT name, snippet, path, line FROM search('water', n := 3)").fetchall()
    assert len(found) == 3
    for name, snippet, path, line in found:
        assert "water" in snippet.lower(), name
        assert len(snippet) <= 162
        assert path.endswith(".md")
        assert line >= 1


def test_card_gives_all_that_is_read_from_it_with_its_lines(database) -> None:
    ((card_id, path, title),) = database.execute(
        "SELECT card_id, path, title FROM parsed.cards WHERE title IS NOT NULL ORDER BY card_id LIMIT 1"
    ).fetchall()
    found = database.execute("FROM card(?)", [card_id[:10].upper()]).fetchall()
    assert found[0][:3] == ("title", title, path)
    assert {row[4] for row in found} == {card_id}
    n_parts = sum(
        database.execute(f"SELECT count(*) FROM {table} WHERE card_id = ?", [card_id]).fetchone()[0]
        for table in ("mentions", "statements")
    )
    about = ("title", "article", "newsletter", "newsletter issue", "counted", "summary")
    assert sum(1 for row in found if row[0] not in about) == n_parts
    with pytest.raises(duckdb.Error, match=r"begin with 'no such id'\. The nearest are [0-9a-f]{6} \("):
        database.execute("FROM card('no such id')").fetchall()


def test_a_card_is_known_by_the_beginning_of_its_title_in_any_case(database) -> None:
    title, card_id = database.execute(
        "SELECT title, card_id FROM parsed.cards WHERE length(title) > 20 ORDER BY card_id LIMIT 1"
    ).fetchone()
    for said in (title, title.upper(), card_id, card_id[:12].upper()):
        found = database.execute("SELECT DISTINCT card_id FROM card(?)", [said]).fetchall()
        assert (card_id,) in found
    begins = database.execute("SELECT title FROM cards_named(?)", [title[:12].lower()]).fetchall()
    assert begins
    assert all(name.startswith(title[:12]) for (name,) in begins)
    assert database.execute("FROM card(NULL)").fetchall() == []
