"""What is called keeps to its bars; the whole table is printed by `make calibration`."""

import numpy as np
import pytest

from signals_pipeline_tests.calibrations.alerts import Looks, begins, figures_of_null, is_quiet, new_alerts
from signals_pipeline_tests.calibrations.detection import (
    Found,
    detect,
    detection_table,
    figures_of_detection,
    within,
)
from signals_pipeline_tests.calibrations.events import figures_of_forecasts, figures_of_forms
from signals_pipeline_tests.calibrations.figures import Bar, Figure, table
from signals_pipeline_tests.calibrations.ideas import ALONE, CONCEPT, figures_of_ideas
from signals_pipeline_tests.calibrations.kinds import figures_of_kinds


def off(figures):
    """What misses its bar by more than chance does, in so few trials, once in a thousand times."""
    return [one for one in figures if one.p_met < 0.001]


@pytest.mark.long
def test_what_is_called_of_a_few_topics_of_each_kind_keeps_to_its_bar_but_for_its_sampling_error():
    found = list(figures_of_kinds(20))
    assert off(found) == []
    assert len(list(table(found))) == len(found) + 1


@pytest.mark.long
def test_names_that_go_out_of_use_have_no_shift_and_flat_topics_no_forecast():
    assert off([*figures_of_forms(1), *figures_of_forecasts(1)]) == []


@pytest.mark.long
def test_an_idea_is_called_where_its_phrasings_are_not_and_only_these_move_when_they_are_replaced():
    found = list(figures_of_ideas(7))
    assert {one.n for one in found} == {210}
    assert off(found) == []
    by_name = {one.what: one.found for one in found}
    rising = "2 to 6 % in five phrasings"
    # The five share one signal: together they have it, and each alone has a fifth.
    assert by_name[f"{rising}: {CONCEPT}"] > 3 * by_name[f"{rising}: {ALONE}"]


@pytest.mark.long
@pytest.mark.parametrize("name", ["1,500 topics as frequent as words", "words come up, none grows"])
def test_where_nothing_changes_hardly_an_alert_comes_up(name):
    found = list(figures_of_null(name, 1))
    assert off(found) == []
    assert found[-1].found == pytest.approx(sum(one.found for one in found[:-1]))


@pytest.mark.long
def test_topics_that_come_up_are_in_an_alert_the_sooner_the_larger_they_are():
    found = detect(60)
    assert len(list(detection_table(found))) == len(found) + 1
    medians = [np.median([one.delay for one in topics]) for topics in found.values()]
    assert medians[0] > medians[2] > medians[4]
    median, within_twelve = figures_of_detection(found)
    # The median keeps to its bar where half of the topics do.
    by_then = Figure(median.what, Bar(0.5, is_floor=True), within(found[0.05], median.bar.limit), 60)
    assert off([by_then, within_twelve]) == []


def test_an_alert_of_a_call_is_new_where_the_call_begins_and_none_ended_of_late():
    called = np.full((2, 100), "", dtype="<U8")
    called[0, 50:60] = called[0, 70:75] = called[0, 99] = "rising"
    called[1, 60:80] = "emerging"
    stage = np.where(called == "", "other", called)
    stage[1, 60:63] = "new"
    never = np.zeros(called.shape, dtype=bool)
    looks = Looks(called, stage, dict.fromkeys(["burst", "shift"], never), np.ones(called.shape, dtype=int))
    assert np.argwhere(new_alerts(looks, 24)["rise"]).tolist() == [[0, 50], [0, 99]]
    assert np.argwhere(new_alerts(looks, 0)["rise"]).tolist() == [[0, 50], [0, 70], [0, 99]]
    # The call began when the stage was `new`, so that nobody was told of it before.
    assert np.argwhere(new_alerts(looks, 24)["emerging"]).tolist() == [[1, 63]]
    # Beneath a burst it is not told when the burst ends, since the burst was.
    stage[1, 60:63] = "bursting"
    assert not new_alerts(looks, 24)["emerging"].any()


def test_a_figure_is_held_against_its_bar():
    assert Figure("", Bar(0.1), 0.1).is_met
    assert not Figure("", Bar(0.1), 0.11).is_met
    assert Figure("", Bar(0.1, is_floor=True), 0.1).is_met
    assert not Figure("", Bar(0.1, is_floor=True), 0.09).is_met
    assert Figure("", Bar(), 2).is_met


def test_a_figure_beyond_its_bar_is_as_probable_as_so_many_hits():
    assert Figure("", Bar(0.5), 1.0, 4).p_met == pytest.approx(1 / 16)
    assert Figure("", Bar(0.5), 0.75, 4).p_met == pytest.approx(5 / 16)
    assert Figure("", Bar(0.5, is_floor=True), 0.25, 4).p_met == pytest.approx(5 / 16)
    assert Figure("", Bar(0.5), 0.5, 4).p_met == Figure("", Bar(), 1.0, 4).p_met == 1
    for one in (Figure("", Bar(0.5), 1.0), Figure("", Bar(11), 12.0, 4)):
        with pytest.raises(ValueError, match="no part of trials"):
            _ = one.p_met


def test_a_call_begins_once_and_is_quiet_after_another():
    holds = np.array([[1, 0, 1, 0, 0, 0, 1, 1, 0]], dtype=bool)
    assert np.flatnonzero(begins(holds)).tolist() == [0, 2, 6]
    assert np.flatnonzero(begins(holds) & is_quiet(holds, 2)).tolist() == [0, 6]
    assert np.flatnonzero(begins(holds) & is_quiet(holds, 0)).tolist() == [0, 2, 6]


def test_the_table_of_detection_says_how_soon():
    lines = list(detection_table({0.05: [Found(8, "emerging"), Found(np.inf, "")] * 2}))
    assert lines[1].split() == ["5", "%", "inf", *["50%"] * 5, *["0%"] * 3, "50%"]
