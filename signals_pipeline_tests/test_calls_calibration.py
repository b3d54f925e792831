"""What is called keeps to its bars; the whole table is printed by `make calibration`."""

import numpy as np
import pytest

from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.alerts import begins, figures_of_null, is_quiet, look, new_alerts
from signals_pipeline_tests.calibrations.detection import Found, detect, detection_table, figures_of_detection
from signals_pipeline_tests.calibrations.events import figures_of_forecasts, figures_of_forms
from signals_pipeline_tests.calibrations.figures import Bar, Figure, table
from signals_pipeline_tests.calibrations.kinds import figures_of_kinds


def off(figures):
    """What misses its bar by more than chance: of some ninety topics a tenth more or less is."""
    return [one for one in figures if not one.is_met and abs(one.found - one.bar.limit) > 0.1]


@pytest.mark.long
def test_what_is_called_of_a_few_topics_of_each_kind_keeps_to_its_bar_but_for_its_sampling_error():
    found = list(figures_of_kinds(3))
    assert off(found) == []
    assert len(list(table(found))) == len(found) + 1


@pytest.mark.long
def test_names_that_go_out_of_use_have_no_shift_and_flat_topics_no_forecast():
    assert off([*figures_of_forms(1), *figures_of_forecasts(1)]) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["1,500 topics as frequent as words", "words come up, none grows"])
def test_where_nothing_changes_hardly_an_alert_comes_up(name):
    found = list(figures_of_null(name, 1))
    assert off(found) == []
    assert found[-1].found == pytest.approx(sum(one.found for one in found[:-1]))


@pytest.mark.long
def test_topics_that_come_up_are_in_an_alert_the_sooner_the_larger_they_are():
    found = detect(6)
    assert len(list(detection_table(found))) == len(found) + 1
    medians = [np.median([one.delay for one in topics]) for topics in found.values()]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] <= 12
    assert len(list(figures_of_detection(found))) == 4


@pytest.mark.long
def test_a_topic_that_doubles_for_good_is_announced():
    rng = np.random.default_rng(1)
    n = worlds.issue_sizes(rng)
    shares = np.concatenate([worlds.line(0.02, 0.2)[None], worlds.flat(rng, 60)])
    looks = look(worlds.in_forms(rng.binomial(n, shares)[None], n[None]))
    announced = new_alerts(looks, 26)["rise"]
    assert announced[0].sum() == 1
    assert announced[1:].sum() <= 1
    issue = np.flatnonzero(announced[0])[0]
    assert looks.stage[0, issue] == "rising" != looks.stage[0, issue - 1]


def test_a_figure_is_held_against_its_bar():
    assert Figure("", Bar(0.1), 0.1).is_met
    assert not Figure("", Bar(0.1), 0.11).is_met
    assert Figure("", Bar(0.1, is_floor=True), 0.1).is_met
    assert not Figure("", Bar(0.1, is_floor=True), 0.09).is_met
    assert Figure("", Bar(), 2).is_met


def test_a_call_begins_once_and_is_quiet_after_another():
    holds = np.array([[1, 0, 1, 0, 0, 0, 1, 1, 0]], dtype=bool)
    assert np.flatnonzero(begins(holds)).tolist() == [0, 2, 6]
    assert np.flatnonzero(begins(holds) & is_quiet(holds, 2)).tolist() == [0, 6]
    assert np.flatnonzero(begins(holds) & is_quiet(holds, 0)).tolist() == [0, 2, 6]


def test_the_table_of_detection_says_how_soon():
    lines = list(detection_table({0.05: [Found(8, "emerging", True), Found(np.inf, "", False)] * 2}))
    assert lines[1].split() == "5 % inf 50% 50% 50% 50% 50% 0% 0% 0% 50%".split()
