"""Which statements speak of a topic: its names in their words, and matches by meaning."""

import pytest

from signals_pipeline.topics.folding import fold
from signals_pipeline_tests.marts.sample import build_marts, card_id, empty_database, insert, topic_id

VARIANTS = [
    "AI", "Ａｒｔｉｆｉｃｉａｌ intelligence", "open‑source", "state-of-the-art", "Women’s health",
    "COVID–19", "C#", "c++", ".NET", "R&D", "U.S. policy", "e-Commerce",
    "“smart” home", "Straße", "cafe\u0301 culture",
    "at-home-work-out-plan", "x-ray", "web3.0", "AR/VR", "washington, d.c.",
]  # fmt: skip


@pytest.mark.parametrize("text", VARIANTS)
def test_a_text_and_what_folding_makes_of_it_have_the_same_words(sample, text):
    asked = "SELECT words_of($1), words_of($2)"
    found, of_folded = sample.execute(asked, [text, fold(text)]).fetchone()
    assert found == of_folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("An AI-driven C# tool", ["an", "ai", "driven", "c#", "tool"]),
        ("C, C++ and .NET", ["c", ",", "c++", "and", ".net"]),
        ("China's R&D (2030)", ["china", "'s", "r&d", "(", "2030", ")"]),
        (
            "A state-of-the-art e-bike; COVID-19",
            ["a", "state", "of", "the", "art", "e-bike", ";", "covid-19"],
        ),
        ("", []),
    ],
)
def test_words_are_what_belongs_together(sample, text, expected):
    assert sample.execute("SELECT words_of(?)", [text]).fetchone() == (expected,)


def statements_of(rows, names, n_cards=0, members=()):
    """The database of statements: card, number and text of a concern, or the texts of a signal.

    `names` are a card and a keyword that it lists, or a theme after `theme:`; each is a concept by itself.
    `members` are a concept and another keyword that counts for it.
    """
    connection = empty_database()
    rows = [*((number, 1, ("A note of nothing",)) for number in range(n_cards)), *rows]
    for number, row_no, texts in rows:
        section = "concerns" if len(texts) == 1 else "signals"
        names_of_texts = ("name", "description", "change", "ten_year", "driving_force")[: len(texts)]
        connection.execute(
            f"INSERT INTO parsed.{section} (card_id, row_no, line, {', '.join(names_of_texts)}) "
            f"VALUES (?, ?, 9{', ?' * len(texts)})",
            [card_id(number), row_no, *texts],
        )
    topics, surfaces, counts_for, mentions = set(), set(), set(), set()
    for row_no, (number, listed) in enumerate(names, 1):
        kind, _, name = listed.rpartition(":")
        kind, topic = kind or "keyword", name.lower()
        one, concept = topic_id(kind, topic), topic_id("concept", topic)
        topics |= {(one, kind, topic, 1, None), (concept, "concept", topic, 1, None)}
        surfaces.add((kind, name, fold(name), "folded", one, topic, 1))
        counts_for.add((concept, topic, one, kind, topic, "is"))
        mentions.add((card_id(number), kind, row_no, 3, one, topic, name, "folded"))
    for concept, member in members:
        member_id = topic_id("keyword", member)
        counts_for.add((topic_id("concept", concept), concept, member_id, "keyword", member, "part"))
    insert(connection, "topics", list(topics))
    insert(connection, "topic_surfaces", list(surfaces))
    insert(connection, "concept_members", list(counts_for))
    insert(connection, "mentions", list(mentions))
    build_marts(connection, {"statement_topics"})
    return connection


def found(connection, kind="keyword"):
    return connection.execute(
        "SELECT t.topic, s.section, s.row_no, s.how FROM statement_topics AS s "
        "JOIN topics AS t USING (topic_id) WHERE t.kind = ? ORDER BY ALL", [kind]
    ).fetchall()  # fmt: skip


ROWS = [
    (0, 1, ("AI tools replace C# teachers.",)),
    (0, 2, ("Ai. Tools of old.",)),
    (0, 3, ("The airline is aiming at C.",)),
    (1, 1, ("Kelp", "Sea‑kelp", "from AI to kelp", None, "tools, AI")),
]
NAMES = [(0, "AI"), (0, "AI tools"), (0, "C#"), (1, "C"), (1, "theme:kelp"), (1, "Kelp"), (1, "sea kelp")]


def test_a_name_stands_in_whole_words_of_any_text_of_a_statement_and_over_no_stop():
    connection = statements_of(ROWS, NAMES)
    assert found(connection) == [
        ("ai", "concerns", 1, "words"),
        ("ai", "concerns", 2, "words"),
        ("ai", "signals", 1, "words"),
        ("ai tools", "concerns", 1, "words"),
        ("c", "concerns", 3, "words"),
        ("c#", "concerns", 1, "words"),
        ("kelp", "signals", 1, "words"),
        ("sea kelp", "signals", 1, "words"),
    ]
    assert found(connection, "theme") == [("kelp", "signals", 1, "words")]
    # The keyword and the theme are one concept, and its statement is there once.
    assert found(connection, "concept").count(("kelp", "signals", 1, "words")) == 1


def test_a_long_name_is_held_against_all_its_words():
    text = "One thinks of the rights of robots and bees, of the rights of robots and men."
    names = ["of the rights of robots", "of the rights of robots and men", "of the rights of robots and cats"]
    assert found(statements_of([(0, 1, (text,))], [(0, name) for name in names])) == [
        (name, "concerns", 1, "words") for name in names[:2]
    ]
    assert found(statements_of([(0, 1, ("Of the rights of",))], [(0, names[0])])) == []


def test_a_concept_has_the_statements_of_all_that_counts_for_it():
    connection = statements_of(ROWS, NAMES, members=[("c", "ai tools"), ("c", "c#")])
    assert [row for row in found(connection, "concept") if row[0] == "c"] == [
        ("c", "concerns", 1, "words"),
        ("c", "concerns", 3, "words"),
    ]


def test_matches_by_meaning_stand_beside_those_by_words():
    connection = statements_of(ROWS, NAMES)
    of_ai = topic_id("concept", "ai")
    insert(connection, "concept_match", [(of_ai, "concerns", card_id(0), 1, 0.71)])
    insert(connection, "concept_match", [(of_ai, "concerns", card_id(0), 3, 0.6)])
    build_marts(connection, {"statement_topics"})
    assert [row for row in found(connection, "concept") if row[0] == "ai"] == [
        ("ai", "concerns", 1, "meaning"),
        ("ai", "concerns", 1, "words"),
        ("ai", "concerns", 2, "words"),
        ("ai", "concerns", 3, "meaning"),
        ("ai", "signals", 1, "words"),
    ]


@pytest.mark.parametrize(
    ("n_saying", "n_listing", "is_everyday"),
    # Of 100 cards with statements: more than 20 say it, and less than a tenth of these list it.
    [(30, 2, True), (30, 3, False), (21, 2, True), (20, 1, False)],
)
def test_a_word_that_many_cards_say_and_few_list_is_no_name(n_saying, n_listing, is_everyday):
    rows = [(number, 2, ("The impact of impact studies",)) for number in range(n_saying)]
    names = [(number, "impact") for number in range(n_listing)] + [(0, "impact studies")]
    topics = {row[0] for row in found(statements_of(rows, names, n_cards=100))}
    assert topics == {"impact studies"} | (set() if is_everyday else {"impact"})
