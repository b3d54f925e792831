"""What is called keeps to its bars; the whole table is printed by `make calibration`."""

import pytest

from signals_pipeline_tests.calls_calibration import Figure, figures_of_emergence, figures_of_kinds, table


@pytest.mark.long
def test_a_small_calibration_keeps_to_every_bar_but_for_its_sampling_error():
    found = [*figures_of_kinds(3), *figures_of_emergence(1)]
    # Of some ninety topics of a kind a tenth more or less is chance.
    off = [one for one in found if abs(one.found - one.bar) > 0.1 and not one.is_met]
    assert off == []
    assert len(list(table(found))) == len(found) + 1


def test_a_figure_is_held_against_its_bar():
    assert Figure("", "", 0.1, False, 0.1).is_met
    assert not Figure("", "", 0.1, False, 0.11).is_met
    assert Figure("", "", 0.1, True, 0.1).is_met
    assert not Figure("", "", 0.1, True, 0.09).is_met
