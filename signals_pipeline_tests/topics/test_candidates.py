"""Alias candidates: what a person gets to see, and what not."""

import random

import pytest

from signals_pipeline.topics import candidates
from signals_pipeline.topics.candidates import REASONS, Candidate, alias_candidates


def found(*topics):
    return {(c.topic_a, c.topic_b): c.reason for c in alias_candidates(("keyword", t, 1) for t in topics)}


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
    ],
)
def test_false_friends_are_not(a, b):
    assert found(a, b) == {}


def test_kinds_are_apart():
    assert alias_candidates([("keyword", "data center", 1), ("theme", "datacenter", 1)]) == []


def test_the_order_and_the_counts():
    topics = [
        ("theme", "sports centre", 1),
        ("theme", "sports center", 2),
        ("keyword", "datacenter", 3),
        ("keyword", "data center", 9),
        ("keyword", "data-center", 1),
    ]
    expected = [
        Candidate("keyword", "data center", "datacenter", "same letters", 9, 3),
        Candidate("keyword", "data center", "data-center", "same letters", 9, 1),
        Candidate("theme", "sports center", "sports centre", "spelling", 2, 1),
    ]
    for _ in range(5):
        random.shuffle(topics)
        assert alias_candidates(topics) == expected


def test_a_short_name_has_few_expansions():
    topics = [("keyword", "xyz", 5)] + [("keyword", f"xenon yellow zone{'o' * i}", i) for i in range(9)]
    expansions = [c for c in alias_candidates(topics) if c.reason == "initials"]
    assert [max(c.n_cards_a, c.n_cards_b) for c in expansions] == [8, 7, 6]


def test_every_pair_stands_once_and_in_order():
    words = ["data", "centre", "center", "centers", "model", "modell", "of", "é", "e"]
    topics = {" ".join(random.Random(seed).choices(words, k=3)) for seed in range(500)}
    candidates = alias_candidates(("keyword", topic, 1) for topic in topics)
    pairs = [(c.topic_a, c.topic_b) for c in candidates]
    assert len(pairs) == len(set(pairs)) > 0
    assert all(a < b for a, b in pairs)


def test_topics_looked_at_in_parts_give_the_same_pairs(monkeypatch) -> None:
    words = [
        "cartography",
        "cartogrphy",
        "geoengineering",
        "geoengeneering",
        "cybersecurity",
        "cybersecurtiy",
    ]
    whole = found(*words)
    monkeypatch.setattr(candidates, "_TOPICS_AT_ONCE", 1)
    assert found(*words) == whole
    assert set(whole.values()) == {"one edit"}
