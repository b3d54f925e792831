"""Folding: what is one text, what is two."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signals_pipeline.topics.folding import fold, is_mixed_script, tidy

# Characters that folding treats in a special way, mixed with letters, so that random texts meet the rules.
SPECIAL = (
    "abSßİıＡﬁ½²™Iｱ'’“\"«».,;:!?-–—\u2011_ \t\u00a0\u200b\u00ad\ufe0f\u2028\u0085\u0301\u030c¨´…•U.5+#/()АЯ가ㅤ"
)
TEXTS = st.one_of(st.text(), st.text(alphabet=SPECIAL), st.text(alphabet=SPECIAL + "abc .-'", max_size=12))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        # T09 to T11: what nobody sees, and compatibility forms
        ("A\u200bI", "ai"),
        ("\ufeffAI\u200d", "ai"),
        ("ＡＩ", "ai"),
        ("ﬁnance", "finance"),
        ("open\u00a0source", "open source"),
        ("cyber\u00adsecurity", "cybersecurity"),
        ("Cafe\u0301", "caf\u00e9"),
        ("Caf\u00e9", "caf\u00e9"),
        ("CO₂", "co2"),
        ("Straße", "strasse"),
        # T14: line breaks that are no line feed
        ("slow\u2028food", "slow food"),
        ("slow\u0085food", "slow food"),
        ("slow\x0bfood", "slow food"),
        ("  slow \t food ", "slow food"),
        # blanks, dashes, quotes
        ("a\u3000b", "a b"),
        ("2024–2025", "2024-2025"),
        ("COVID\u201119", "covid-19"),
        ("trompe l’oeil", "trompe l'oeil"),
        ("trompe l´oeil", "trompe l'oeil"),
        ("l`emploi", "l'emploi"),
        # outer quotes and punctuation
        ('"chip designers"', "chip designers"),
        ("“chip designers", "chip designers"),
        ("« veille »", "veille"),
        ("‹veille›", "veille"),
        ("'veille'", "veille"),
        ("„Klima“", "klima"),
        ('"AI" ethics', "ai ethics"),
        ("workers’ rights", "workers rights"),
        ("'90s fashion", "90s fashion"),
        ("privacy.", "privacy"),
        ("privacy,", "privacy"),
        ("privacy;", "privacy"),
        ("“privacy.”,", "privacy"),
        ("- privacy", "privacy"),
        ("privacy…", "privacy"),
        ("-5 degrees", "-5 degrees"),
        # what belongs to a name
        ("U.S.", "u.s."),
        ("generative A.I.", "generative a.i."),
        ("U.S...", "u.s."),
        ("C++", "c++"),
        ("C#", "c#"),
        (".NET", ".net"),
        ("FT.com", "ft.com"),
        ("PoC||GTFO", "poc||gtfo"),
        ("OpenAI™", "openai"),
        # hyphens: between words a blank, beside a digit or a single letter part of the name
        ("open-source", "open source"),
        ("Open–Source", "open source"),
        ("AI-generated art", "ai generated art"),
        ("state-of-the-art", "state of the art"),
        ("e-commerce", "e-commerce"),
        ("GPT-4", "gpt-4"),
        ("Qwen-7B", "qwen-7b"),
        # marks and emoji
        ("I ❤️ Python", "i ❤ python"),
        # nothing left
        ("", ""),
        ("   ", ""),
        ("—", ""),
        ("…", ""),
        ("“”", ""),
        ("\u200b\u200d", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


def test_different_things_stay_different():
    names = ["c", "c++", "c#", ".net", "net", "café", "cafe", "АI", "AI", "gpt-4", "gpt-3", "x-ray", "xray"]
    assert len({fold(name) for name in names}) == len(names)


@given(TEXTS)
@example("-—5")
@example("a'’'b")
@example("U.S.,.")
@example("\u00a8-\u0301")
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)
    assert tidy(tidy(text)) == tidy(text)
    assert fold(tidy(text)) == fold(text)


@given(TEXTS)
def test_composed_and_decomposed_text_fold_to_one(text):
    folds = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert folds == {fold(text)}


@given(TEXTS)
def test_nothing_invisible_is_left(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not [c for c in folded if unicodedata.category(c) in {"Cf", "Cc", "Cs", "Zl", "Zp"}]


@pytest.mark.parametrize("text", ["АI", "ΑI", "open АI tools", "IТ-отдел", "mоdel", "А\u0301I", "C\u200bО"])
def test_a_word_of_two_scripts_is_noticed(text):
    assert is_mixed_script(text)


@pytest.mark.parametrize(
    "text",
    [
        "AI",
        "β-carotene",
        "COVID-19 в России",
        "TNFα",
        "NFκB",
        "μm",
        "Café",
        "Россия",
        "Ελλάδα",
        "日本 AI",
        "",
    ],
)
def test_scripts_side_by_side_are_fine(text):
    assert not is_mixed_script(text)


def test_the_look_alike_is_not_merged():
    assert fold("АI") != fold("AI")
