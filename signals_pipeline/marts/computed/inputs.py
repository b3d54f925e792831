"""What each column of a computed mart is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Inputs:
    """By column of a mart, the columns of `topic_issue_counts` that it is computed from.

    `rows` are those that say which rows the mart has, and which topics are tested together.
    """

    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[str, ...]


_KEYS = {"topic_id": ("topic_id",), "kind": ("kind",), "topic": ("topic",)}
_OVER_TIME = ("x", "n", "issue_date")
_WITHIN_FORMS = (*_OVER_TIME, "form")

INPUTS: dict[str, Inputs] = {
    "topic_trend_fit": Inputs(
        _KEYS
        | {"issues_back": (), "family_size": ("topic_id",)}
        | dict.fromkeys(("slope_pp_per_year", "mk_tau"), _OVER_TIME)
        | dict.fromkeys(
            (
                "z_trend", "phi", "log_odds_per_year", "se", "p_trend", "q_trend", "z_recent",
                "log_odds_recent", "se_recent", "p_recent", "q_recent", "line_against_step",
                "log_odds_shrunk", "df", "prior_phi", "prior_df", "lag_1", "call", "called_by",
            ),
            _WITHIN_FORMS,
        ),
        rows=("topic_id", "is_tested", "x", "issue_date"),
    ),
    "topic_presence_fit": Inputs(
        _KEYS
        | {"issues_back": (), "n_issues_with": ("x", "issue_date")}
        | dict.fromkeys(("p_emerging", "q_emerging"), _OVER_TIME)
        | dict.fromkeys(
            ("return_date", "n_missed", "n_expected", "p_gap", "q_gap", "is_returning"),
            (*_OVER_TIME, "is_tested"),
        ),
        rows=("topic_id", "x", "issue_date"),
    ),
    "call_history": Inputs(
        _KEYS
        | dict.fromkeys(
            ("stage", "called_from", "called_to", "share_at_call", "share_since", "outcome"), _WITHIN_FORMS
        ),
        rows=("topic_id", "is_tested", *_WITHIN_FORMS),
    ),
    "topic_burst_fit": Inputs(
        _KEYS
        | {"issues_back": (), "start_date": _OVER_TIME, "strength": _OVER_TIME}
        # A burst ends where a level begins, which is looked for within forms.
        | dict.fromkeys(
            ("end_date", "n_issues", "x", "n", "share_in", "share_out", "is_open"), _WITHIN_FORMS
        )
        | dict.fromkeys(("p_perm", "q"), (*_WITHIN_FORMS, "topic_id")),
        rows=("topic_id", "is_tested", *_OVER_TIME),
    ),
    # Where shifts may be is looked for in the cards of all forms, and forms say which of them are kept.
    "topic_shift": Inputs(
        _KEYS
        | dict.fromkeys(
            ("shift_date", "share_before", "share_after", "n_before", "n_after", "is_new"), _OVER_TIME
        )
        | dict.fromkeys(("log_odds_ratio", "form_explains", "delta_cost"), _WITHIN_FORMS)
        | {"same_as_form_change": ("n", "issue_date", "form")},
        rows=("topic_id", "is_tested", *_WITHIN_FORMS),
    ),
    "topic_forecast": Inputs(
        _KEYS
        | {"horizon_issues": (), "model": (), "coverage_80": (*_OVER_TIME, "topic_id")}
        | dict.fromkeys(("n_expected", "n_origins", "n_windows"), ("n", "issue_date"))
        | dict.fromkeys(
            (
                "share_p10", "share_p50", "share_p90", "log_score", "log_score_naive", "mae_pp",
                "skill", "skill_se", "is_published",
            ),
            _OVER_TIME,
        ),
        rows=("topic_id", "is_tested"),
    ),
}  # fmt: skip
"""The inputs of every mart that Python computes, by its name; a parameter is none."""
