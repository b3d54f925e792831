"""Canonical topics: rules, alias file, and the property that a topic is its own topic."""

import csv
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.canonical import RULES, Aliases, Canonical, canonical
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import MENTIONED
from signals_pipeline.topics.plurals import singular

SHIPPED = Path(__file__).parents[2] / "data" / "aliases.csv"
NONE = Aliases()
HEADER = "surface,topic,kind,reason\n"
NOT_PLURALS = """
training ethics physics news politics economics analysis mathematics series species robotics
logistics bias business process access gas virus campus lens chaos status wireless sales dynamics
rights arts glasses goods arms futures values things data media people climate police genetics
diabetes savings headquarters crisis basis canvas cybernetics geopolitics statistics relations
studying teaching learned better temps pays fils cours parcours mois fonds poids bois ess gps ios
aws windows mars wales reuters siemens starbucks kubernetes netflix
"""


@pytest.fixture(scope="module")
def shipped():
    return read_aliases(SHIPPED, SHIPPED.read_bytes())


@pytest.fixture
def load(tmp_path):
    def load_text(rows, header=HEADER):
        path = tmp_path / "aliases.csv"
        path.write_bytes((header + rows).encode())
        return read_aliases(path, path.read_bytes())

    return load_text


# ------------------------------------------------------------------------------------------ rules, no aliases


@pytest.mark.parametrize(
    ("surface", "topic", "rule"),
    [
        ("Climate Change", "climate change", "folded"),
        ("A\u200bI", "ai", "folded"),
        ("ＡＩ", "ai", "folded"),
        ("АI", "аi", "folded"),
        ("LLMs", "llm", "acronym"),
        ("EVs", "ev", "acronym"),
        ("“NFTs”,", "nft", "acronym"),
        ("autonomous UAVs", "autonomous uav", "acronym"),
        ("AIDS", "aids", "folded"),
        ("GPS", "gps", "folded"),
        ("ESS", "ess", "folded"),
        ("drones", "drone", "lemma"),
        ("Alternate Histories", "alternate history", "lemma"),
        ("e-bikes", "e-bike", "lemma"),
        ("data breaches", "data breach", "lemma"),
        ("startups", "startup", "lemma"),
        ("women", "woman", "lemma"),
        ("children", "child", "lemma"),
        ("fishermen", "fisherman", "lemma"),
        ("cellular automata", "cellular automaton", "lemma"),
        ("stablecoins", "stablecoin", "lemma"),
        ("systems thinking", "systems thinking", "folded"),
        ("people", "people", "folded"),
        ("46 countries", "46 countries", "folded"),
        ("Peter Watts", "peter watts", "folded"),
        ("Steve Jobs", "steve jobs", "folded"),
        ("Las Vegas", "las vegas", "folded"),
        ("U.S. politics", "us politics", "initials"),
        ("generative A.I.", "generative ai", "initials"),
        ("U.S.-China relations", "us china relations", "initials"),
        ("FT.com", "ft.com", "folded"),
        ("multi-project wafer (MPW)", "multi project wafer", "gloss"),
        ("Large Language Models (LLMs)", "large language model", "gloss+lemma"),
        ("Internet of Things (IoT)", "internet of things", "gloss"),
        ("LLM (large language model)", "large language model", "gloss"),
        ("models (weather)", "models (weather)", "folded"),
        ("…", None, "empty"),
    ],
)
def test_rules(surface, topic, rule):
    found = canonical(surface, "keyword", NONE)
    assert (found.topic, found.rule) == (topic, rule)
    assert found.folded == fold(surface)


@pytest.mark.parametrize(
    "word",
    NOT_PLURALS.split(),
)
def test_not_a_plural(word):
    assert singular(word) == word


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("ads", "ad"),
        ("apps", "app"),
        ("batteries", "battery"),
        ("biases", "bias"),
        ("boxes", "box"),
        ("buses", "bus"),
        ("businesses", "business"),
        ("classes", "class"),
        ("cookies", "cookie"),
        ("crises", "crisis"),
        ("criteria", "criterion"),
        ("databases", "database"),
        ("gases", "gas"),
        ("heroes", "hero"),
        ("leaves", "leaf"),
        ("lenses", "lens"),
        ("lives", "life"),
        ("masses", "mass"),
        ("mice", "mouse"),
        ("movies", "movie"),
        ("policies", "policy"),
        ("processes", "process"),
        ("quizzes", "quiz"),
        ("taxes", "tax"),
        ("viruses", "virus"),
        ("women", "woman"),
    ],
)
def test_a_plural(plural, one):
    assert singular(plural) == one


@pytest.mark.parametrize(
    "surface",
    [
        "l'emploi",
        "données",
        "temps",
        "pays",
        "ESS",
        "tecnología",
        "tecnologías",
        "droits de l'homme",
        "vie privée",
    ],
)
def test_other_languages_are_left_alone(surface):
    assert canonical(surface, "theme", NONE).topic == surface.casefold()


@pytest.mark.long
def test_the_singular_of_a_singular_is_itself_for_every_english_word_known():
    from simplemma.strategies.dictionaries.dictionary_factory import DEFAULT_DICTIONARY_FACTORY

    words = [word for word in DEFAULT_DICTIONARY_FACTORY.get_dictionary("en") if word.islower()]
    assert len(words) > 100_000
    assert [word for word in words if singular(singular(word)) != singular(word)] == []


# ------------------------------------------------------------------------------------------------ alias file


def test_an_alias_and_a_stop_word(load):
    aliases = load("AI,artificial intelligence,,acronym\nkeyword0,,,placeholder\n")
    assert canonical("A.I.", "keyword", aliases) == Canonical(
        "a.i.", "artificial intelligence", "initials+alias"
    )
    assert canonical("ＡＩ", "theme", aliases) == Canonical("ai", "artificial intelligence", "alias")
    assert canonical("АI", "theme", aliases).topic == "аi"
    assert canonical("Keyword0", "keyword", aliases) == Canonical("keyword0", None, "stop")


def test_an_alias_is_looked_up_again_after_each_rule(load):
    aliases = load("llm,large language model,,\ncyber threat,cyberthreat,,\nod,,,\n")
    assert canonical("LLMs", "keyword", aliases)[1:] == ("large language model", "acronym+alias")
    assert canonical("Cyber-threats", "keyword", aliases)[1:] == ("cyberthreat", "lemma+alias")
    assert canonical("ODs", "keyword", aliases)[1:] == (None, "acronym+stop")


def test_an_alias_of_one_kind_leaves_the_other(load):
    aliases = load("meta,meta platforms,keyword,\n")
    assert canonical("Meta", "keyword", aliases).topic == "meta platforms"
    assert canonical("Meta", "theme", aliases).topic == "meta"


def test_a_chain_as_long_as_a_file_is_followed_at_once(load):
    start = time.process_time()
    aliases = load("".join(f"name{n},name{n + 1},,\n" for n in range(5_000)))
    assert time.process_time() - start < 4
    assert set(aliases.keyword.values()) == {"name5000"}


def test_chains_are_followed_also_through_the_rules(load):
    aliases = load("a1,b1,,\nb1,C One,,\nx1,LLMs,,\nllm,large language model,,\nz1,y1,,\ny1,,,\n")
    topics = [canonical(surface, "theme", aliases).topic for surface in ("a1", "b1", "x1", "z1")]
    assert topics == ["c one", "c one", "large language model", None]


def test_the_file_decides_between_singular_and_plural(load):
    aliases = load("women in stem,women,,\nwoman,women,,\nsport,Sports,,\narts,arts,,kept\n")
    for surface in ("women", "woman", "women in STEM"):
        assert canonical(surface, "keyword", aliases).topic == "women"
    assert canonical("sports", "keyword", aliases).topic == "sports"
    assert canonical("art", "keyword", aliases).topic == "art"


def test_what_the_rules_make_of_a_name_belongs_to_the_name(load):
    aliases = load("olympics,olympic games,,\n")
    assert canonical("Olympic Game", "keyword", aliases).topic == "olympic games"
    assert canonical("Olympic Games", "keyword", aliases) == Canonical(
        "olympic games", "olympic games", "folded"
    )


def test_a_row_that_names_itself_keeps_the_rules_off(load):
    aliases = load("star wars,star wars,,a name\n")
    assert canonical("Star Wars", "theme", aliases).topic == "star wars"
    assert canonical("star war", "theme", aliases).topic == "star war"


def test_spreadsheet_habits_are_accepted(load):
    aliases = load(
        "AI,artificial intelligence,,\r\n\r\n,,,\r\n"
        '"a, b",c d,,"why, that"\r\nai,Artificial Intelligence,,\r\n',
        header="\ufeffsurface,topic,kind,reason\r\n",
    )
    assert canonical("a, b", "keyword", aliases).topic == "c d"


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("a1,b1,tag,\n", 2, "unknown kind 'tag'; write keyword, theme, or nothing"),
        ("a1,b1,,\nA1,c1,,\n", 3, "already has the topic 'b1' in line 2; keep one"),
        ("a1,b1,,\na1,,theme,\n", 3, "already has the topic 'b1' in line 2"),
        ("a1,b1,,\nb1,c1,,\nc1,a1,,\n", 2, "circle: a1 -> b1 -> c1 -> a1; remove one"),
        ("a1,b1\n", 2, "2 columns instead of 4"),
        ("ok,ok2,,\na1,b,1,,\n", 3, "5 columns instead of 4; put a value that contains a comma"),
        ("…,b1,,\n", 2, "is empty once folded"),
        ("a1,…,,\n", 2, "is empty once folded"),
        ('a1,"b1,,\nc1,d1,,\n', 2, "not readable as CSV"),
    ],
)
def test_a_bad_row_is_named_with_what_to_do(load, rows, line, says):
    with pytest.raises(BadInputFileError, match=re.escape(f"aliases.csv:{line}: ")) as error:
        load(rows)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "header", ["\n", "surface;topic;kind;reason\n", "surface,topic,kind\n", "topic,surface\n"]
)
def test_a_bad_header(load, header):
    said = r"aliases\.csv:1: the first line must be surface,topic,kind,reason"
    with pytest.raises(BadInputFileError, match=said):
        load("", header)


def test_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "aliases.csv"
    path.write_bytes(HEADER.encode() + b"a1,b1,,\ncaf\xe9,caf\xe9,,\n")
    with pytest.raises(BadInputFileError, match=r"aliases\.csv:3: not UTF-8; save"):
        read_aliases(path, path.read_bytes())


def test_an_unknown_kind_of_surface():
    with pytest.raises(ValueError, match="unknown kind 'tag'"):
        canonical("AI", "tag", NONE)


# ------------------------------------------------------------------------------------------- the shipped file


def test_every_topic_of_the_shipped_file_is_its_own_topic(shipped):
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    for row in rows:
        assert row["reason"], row
        for kind in [row["kind"]] if row["kind"] else MENTIONED:
            topic = canonical(row["surface"], kind, shipped).topic
            assert topic == (fold(row["topic"]) or None)
            if topic is not None:
                assert canonical(topic, kind, shipped) == Canonical(topic, topic, "folded")


@pytest.mark.parametrize(
    ("surface", "topic"),
    [
        ("AI", "artificial intelligence"),
        ("A.I.", "artificial intelligence"),
        ("IA", "artificial intelligence"),
        ("Artificial Intelligence (AI)", "artificial intelligence"),
        ("LLMs", "large language model"),
        ("llms", "large language model"),
        ("Large-language models", "large language model"),
        ("EVs", "electric vehicle"),
        ("GenAI", "generative ai"),
        ("U.S.", "united states"),
        ("United States", "united states"),
        ("NASA", "nasa"),
        ("cyber-security", "cybersecurity"),
        ("N/A", None),
        ("none", None),
    ],
)
def test_the_common_names(shipped, surface, topic):
    assert {canonical(surface, kind, shipped).topic for kind in MENTIONED} == {topic}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AI", "machine learning"),
        ("AI ethics", "ethics"),
        ("AI", "generative AI"),
        ("language model", "large language model"),
        ("Meta", "metaverse"),
        ("Twitter", "X"),
        ("global warming", "climate change"),
        ("smart glasses", "smart glass"),
        ("human rights", "human right"),
        ("arms", "arm"),
        ("drone", "UAV"),
        ("universal basic income", "basic income"),
    ],
)
def test_different_things_stay_different(shipped, one, other):
    assert canonical(one, "keyword", shipped).topic != canonical(other, "keyword", shipped).topic


# ------------------------------------------------------------------------------------------------- properties

VOCABULARY = """
AI LLMs EVs U.S. drones women News (LLMs) large language models (A.I.) artificial intelligence of the
CARSs ads AIDS open-source GASs data-centers data centers L'emploi n/a star wars olympics Steve Jobs 46 3D
"""
WORDS = st.sampled_from(VOCABULARY.split())
SURFACES = st.one_of(st.text(), st.lists(WORDS, min_size=1, max_size=5).map(" ".join))


@given(SURFACES, st.sampled_from(MENTIONED), st.booleans())
def test_the_topic_of_a_topic_is_that_topic(surface, kind, with_aliases):
    aliases = load_shipped_once() if with_aliases else NONE
    found = canonical(surface, kind, aliases)
    assert found.rule in RULES
    assert (found.topic is None) == (found.rule.rpartition("+")[2] in {"stop", "empty"})
    if found.topic is not None:
        assert found.topic
        assert canonical(found.topic, kind, aliases).topic == found.topic


@given(SURFACES)
def test_surfaces_that_fold_to_one_in_lower_case_mean_one(surface):
    lower = surface.lower()
    assert canonical(lower, "keyword", NONE).topic == canonical(fold(lower), "keyword", NONE).topic


_LOADED = []


def load_shipped_once():
    if not _LOADED:
        _LOADED.append(read_aliases(SHIPPED, SHIPPED.read_bytes()))
    return _LOADED[0]


def test_every_rule_is_described():
    assert all(RULES.values())
    assert {"folded", "alias", "stop", "empty", "acronym", "lemma", "lemma+alias", "acronym+alias"} <= set(
        RULES
    )


# -------------------------------------------------------------------------------------------- real vocabulary


def real_surfaces(folder):
    for path in sorted(folder.glob("*.md")):
        kind = None
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("## "):
                kind = {"## keywords": "keyword", "## themes": "theme"}.get(line.strip().casefold())
            elif kind and line.startswith("* ") and line[2:].strip():
                yield kind, line[2:].strip()


def test_the_real_vocabulary(shipped, sample_cards):
    surfaces = set(real_surfaces(sample_cards))
    assert surfaces
    for kind, surface in surfaces:
        found = canonical(surface, kind, shipped)
        assert found.rule in RULES
        # One character a bullet is a defect of one form; a comma alone is nothing.
        if len(surface) > 1 and not found.rule.endswith("stop"):
            assert found.topic
        if found.topic is not None:
            assert canonical(found.topic, kind, shipped).topic == found.topic
