"""The tests keep to their level where nothing changes and find what does; the habits of the field do not."""

import subprocess
import sys

import numpy as np
import pymannkendall
import pytest
from scipy.stats import chi2_contingency

from signals_pipeline.marts.statistics.dispersion import over_dispersion
from signals_pipeline_tests.calibration import (
    FLAT,
    PLANTED,
    SMALL,
    bound,
    flat_rates,
    mann_kendall_z,
    phi_by_form,
    planted_rates,
    table,
)


@pytest.fixture(scope="module")
def flat():
    return flat_rates(SMALL)


@pytest.fixture(scope="module")
def planted():
    return planted_rates(60)


@pytest.mark.long
@pytest.mark.parametrize("corpus", FLAT)
@pytest.mark.parametrize("method", ["trend", "burst", "shift"])
def test_topics_that_do_not_change_are_reported_no_more_often_than_the_level(flat, corpus, method):
    found = flat[corpus]
    assert found.n_topics > 0.9 * SMALL
    assert getattr(found, method) <= bound(found.n_topics), f"{method}, {corpus}"


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "method", "power"),
    [
        ("rise 2 % to 6 %", "trend", 0.8),
        ("rise 5 % to 10 %", "trend", 0.75),
        ("burst 3 % x 5, 6 issues", "burst", 0.75),
        ("burst 10 % x 2, 10 issues", "burst", 0.65),
        ("shift 4 % to 12 %", "shift", 0.95),
    ],
)
def test_strong_changes_are_found(planted, change, method, power):
    assert getattr(planted[change], method) >= power


@pytest.mark.long
def test_the_habits_of_the_field_report_topics_that_do_not_change(flat):
    assert flat["plain"].growth_50 > 0.15
    assert flat["twice as many cards"].mann_kendall > 0.3
    assert flat["form change, 30 % fewer"].mann_kendall > 0.2
    assert flat["over-dispersed, rho 0.1"].shift_phi_1 > 0.1
    mixed = flat["forms mix, drift, rho 0.1"]
    assert mixed.trend_by_form > mixed.trend


@pytest.mark.long
def test_the_table_has_a_line_for_every_corpus_and_change(flat, planted):
    lines = list(table(flat, planted))
    for name in (*FLAT, *PLANTED):
        assert sum(line.startswith(name) for line in lines) == 1
    assert max(map(len, lines)) <= 110


@pytest.mark.long
def test_the_command_prints_the_table():
    done = subprocess.run(
        [sys.executable, "-m", "signals_pipeline_tests.calibration", "--topics", "20"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "nothing changes" in done.stdout
    assert "plain" in done.stdout


@pytest.mark.long
def test_two_runs_give_one_result():
    assert flat_rates(30) == flat_rates(30)
    assert flat_rates(30) != flat_rates(30, seed=1)


def test_phi_by_form_of_forms_that_share_no_issue_is_that_of_the_issues():
    rng = np.random.default_rng(2)
    n = np.zeros((2, 40), dtype=int)
    n[0, :20], n[1, 20:] = 20, 20
    x = rng.binomial(n[:, None, :], np.array([0.3, 0.15])[:, None, None], size=(2, 5, 40))
    np.testing.assert_allclose(phi_by_form(x, n), over_dispersion(x, n))


def test_phi_by_form_is_that_of_each_form_by_itself():
    rng = np.random.default_rng(4)
    n = rng.integers(1, 9, size=(2, 30))
    x = rng.binomial(n[:, None, :], 0.3, size=(2, 5, 30))
    for topic, phi in enumerate(phi_by_form(x, n)):
        chi2 = [chi2_contingency([x[f, topic], n[f] - x[f, topic]], correction=False)[0] for f in range(2)]
        assert phi == pytest.approx(max(1, sum(chi2) / 58))


def test_mann_kendall_is_that_of_pymannkendall():
    assert mann_kendall_z(np.arange(1, 11)[None])[0] == pytest.approx(3.9354796403996297, abs=1e-15)
    values = np.random.default_rng(3).poisson(2, size=(20, 30))
    for row, z in zip(values, mann_kendall_z(values), strict=True):
        assert z == pytest.approx(pymannkendall.original_test(row).z)
    assert mann_kendall_z(np.ones((1, 5))).tolist() == [0]
