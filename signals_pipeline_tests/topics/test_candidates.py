"""Names that look like one: what a person gets to see, and what not."""

import random

import pytest

from signals_pipeline.topics import candidates
from signals_pipeline.topics.candidates import REASONS, added, look_alikes, names_a_body


def found(*names):
    return look_alikes(dict.fromkeys(names, 1))


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("data center", "datacenter", "same letters"),
        ("covid 19", "covid-19", "same letters"),
        ("cartoon-19", "cartoon 19", "same letters"),
        ("consumer behavior", "consumer behaviour", "spelling"),
        ("open organisation", "open organization", "spelling"),
        ("cyber defence", "cyber defense", "spelling"),
        ("labelling", "labeling", "spelling"),
        ("sports centre", "sports center", "spelling"),
        ("ageing society", "aging society", "spelling"),
        ("metaverse", "métaverse", "accents"),
        ("ai ethics", "ethics of ai", "same words"),
        ("system thinking", "systems thinking", "same words"),
        ("vsm", "viable system model", "initials"),
        ("fao", "food and agriculture organization", "initials"),
        ("cartogrphy", "cartography", "one edit"),
        ("cybersecurity", "cybersecurtiy", "one edit"),
        ("geoengeneering", "geoengineering", "one edit"),
        ("neuromorphic chip", "neuromorhic chip", "one edit"),
        ("scam", "scamming", "stem"),
        ("open source", "open sourcing", "stem"),
        ("supported browser", "browser support", "stem"),
        ("human inspired", "human inspiration", "stem"),
        ("technology addict", "technology addiction", "stem"),
        ("brand publisher", "brand publishing", "stem"),
        ("copyright", "copyrightability", "stem"),
        ("metaverse", "the metaverse", "contains"),
        ("copyright", "copyright law", "contains"),
        ("surveillance", "surveillance technology", "contains"),
    ],
)
def test_near_equal_names_are_proposed(a, b, reason):
    assert found(a, b) == {tuple(sorted((a, b))): reason}
    assert reason in REASONS


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("gpt-3 models", "gpt-4 models"),
        ("july 2023 floods", "july 2024 floods"),
        ("food policy", "food police"),
        ("ar glasses", "vr glasses"),
        ("ethical design", "unethical design"),
        ("symmetry", "asymmetry"),
        ("c++", "c#"),
        ("c", "c#"),
        ("war", "women and rights"),
        ("ink", "industry needs knowledge"),
        ("ai", "alien invasion"),
        ("trail", "trial"),
        ("tour", "tor"),
        ("machine learning", "deep learning"),
        ("climate", "climate change"),
        ("national security", "national security agency"),
        ("police", "policy"),
        ("community", "communication"),
        ("creation", "creativity"),
        ("mining", "mine"),
        ("law", "copyright law"),
        ("the", "the metaverse"),
    ],
)
def test_false_friends_are_not(a, b):
    assert found(a, b) == {}


def test_of_several_with_one_key_each_is_paired_with_the_one_on_most_cards():
    counts = {"sports centre": 1, "sports center": 2, "datacenter": 3, "data center": 9, "data-center": 1}
    names = list(counts)
    for _ in range(5):
        random.shuffle(names)
        assert look_alikes({name: counts[name] for name in names}) == {
            ("data center", "datacenter"): "same letters",
            ("data center", "data-center"): "same letters",
            ("sports center", "sports centre"): "spelling",
        }


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("copyright", "copyright law", ["law"]),
        ("legal and ethical implication", "ethical implication", ["legal", "and"]),
        ("artificial intelligence", "artificial general intelligence", []),
        ("intelligence", "intelligence", []),
        ("intelligence", "security", []),
    ],
)
def test_what_a_name_has_more_than_another(one, other, words):
    assert added(one, other) == added(other, one) == words


def test_an_agency_is_not_what_it_deals_with():
    assert names_a_body(added("national security", "national security agency"))
    assert not names_a_body(added("copyright", "copyright law"))


def test_a_short_name_has_few_expansions():
    counts = {"xyz": 5} | {f"xenon yellow zone{'o' * i}": i for i in range(9)}
    expansions = [pair for pair, reason in look_alikes(counts).items() if reason == "initials"]
    assert [counts[min(pair)] for pair in expansions] == [8, 7, 6]


def test_every_pair_stands_once_and_in_order():
    words = ["data", "centre", "center", "centers", "model", "modell", "of", "é", "e"]
    names = {" ".join(random.Random(seed).choices(words, k=3)) for seed in range(500)}
    pairs = found(*names)
    assert pairs
    assert all(a < b for a, b in pairs)


def test_names_looked_at_in_parts_give_the_same_pairs(monkeypatch) -> None:
    words = [
        "cartography",
        "cartogrphy",
        "geoengineering",
        "geoengeneering",
        "cybersecurity",
        "cybersecurtiy",
    ]
    whole = found(*words)
    monkeypatch.setattr(candidates, "_NAMES_AT_ONCE", 1)
    assert found(*words) == whole
    assert set(whole.values()) == {"one edit"}
