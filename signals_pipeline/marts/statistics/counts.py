"""Counts of cards by topic, newsletter issue and form, and arithmetic that several statistics need."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_Number = TypeVar("_Number", np.int64, np.float64)

TOPICS_AT_ONCE = 128
"""Topics are worked on in groups, so that memory does not grow with their number."""


@dataclass(frozen=True)
class Presence:
    """On how many cards of each newsletter issue topics are, those with too few to be tested included.

    `topic_ids`, `topics` (topics,) are in the order of topic_id; `x` is (topics, issues).
    """

    topic_ids: npt.NDArray[np.object_]
    topics: npt.NDArray[np.object_]
    x: Ints


@dataclass(frozen=True)
class Counts:
    """The topics of one kind that have enough cards to be tested, over all dated newsletter issues.

    `x_by_form` (forms, topics, issues) and `n_by_form` (forms, issues) count cards; forms are in the order of
    their names, `topic_ids`, `topics` (topics,) in that of topic_id, `dates` (issues,) in order of time.
    `presence` is that of more topics, over the same issues.
    """

    kind: str
    topic_ids: npt.NDArray[np.object_]
    topics: npt.NDArray[np.object_]
    dates: npt.NDArray[np.datetime64]
    x_by_form: Ints
    n_by_form: Ints
    presence: Presence

    @property
    def x(self) -> Ints:
        """Cards with the topic, (topics, issues)."""
        found: Ints = self.x_by_form.sum(axis=0)
        return found

    @property
    def n(self) -> Ints:
        """Cards able to carry the kind, (issues,)."""
        found: Ints = self.n_by_form.sum(axis=0)
        return found

    @property
    def days(self) -> Ints:
        """Days since the first newsletter issue, (issues,)."""
        found: Ints = (self.dates - self.dates[:1]).astype("timedelta64[D]").astype(np.int64)
        return found

    def without_last_issue(self, min_cards: float) -> "Counts":
        """What these counts were before the last newsletter issue came out, of topics with so many cards."""
        x_by_form = self.x_by_form[:, :, :-1]
        family = x_by_form.sum(axis=(0, 2)) >= min_cards
        return replace(
            self,
            topic_ids=self.topic_ids[family],
            topics=self.topics[family],
            dates=self.dates[:-1],
            x_by_form=x_by_form[:, family],
            n_by_form=self.n_by_form[:, :-1],
            presence=replace(self.presence, x=self.presence.x[:, :-1]),
        )


def counts_of(rows: pyarrow.Table) -> Iterator[Counts]:
    """The counts of each kind in the rows of `topic_issue_counts`, in order of the kinds' names."""
    for kind in rows["kind"].unique().sort().to_pylist():
        yield _counts_of_kind(kind, rows.filter(pyarrow.compute.field("kind") == kind))


def _counts_of_kind(kind: Any, rows: pyarrow.Table) -> Counts:
    dates, issue = np.unique(rows["issue_date"].to_numpy(), return_inverse=True)
    forms, form = _numbered(rows["form"])
    n_by_form = np.zeros((len(forms), len(dates)), dtype=np.int64)
    # Every row of a form in an issue says the same n.
    n_by_form[form[form >= 0], issue[form >= 0]] = rows["n"].to_numpy()[form >= 0]
    topic_ids, topic = _numbered(rows["topic_id"])
    of_topic = topic >= 0
    topic, issue, form = topic[of_topic], issue[of_topic], form[of_topic]
    topics = np.empty(len(topic_ids), dtype=object)
    topics[topic] = rows["topic"].to_numpy(zero_copy_only=False)[of_topic]
    n_cards = rows["x"].to_numpy()[of_topic]
    of_all = np.zeros((len(topic_ids), len(dates)), dtype=np.int64)
    np.add.at(of_all, (topic, issue), n_cards)
    is_tested = rows["is_tested"].to_numpy(zero_copy_only=False)[of_topic].astype(np.bool_)
    tested, number = np.unique(topic[is_tested], return_inverse=True)
    x = np.zeros((len(forms), len(tested), len(dates)), dtype=np.int64)
    x[form[is_tested], number, issue[is_tested]] = n_cards[is_tested]
    return Counts(
        kind, topic_ids[tested], topics[tested], dates, x, n_by_form, Presence(topic_ids, topics, of_all)
    )


def _numbered(column: Any) -> tuple[npt.NDArray[np.object_], Ints]:
    """The values of a column in order, and for each row the number of its own; -1 for NULL."""
    values = column.drop_null().unique().sort()
    numbers = pyarrow.compute.index_in(column, value_set=values)
    return values.to_numpy(zero_copy_only=False), numbers.fill_null(-1).to_numpy().astype(np.int64)


def check_counts(x: Ints, n: Ints, *, by_form: bool = False) -> None:
    """Refuse counts x (topics, issues) and n (issues,) that cannot be; by form, both have forms in front.

    Raises:
        ValueError: The shapes do not fit together, or a count is below 0 or above its denominator.
    """
    if n.ndim != 1 + by_form or x.ndim != 2 + by_form or x.shape[:-2] + x.shape[-1:] != n.shape:
        forms = "forms, " * by_form
        shapes = f"{x.shape} and {n.shape}"
        raise ValueError(f"x is ({forms}topics, issues) and n is ({forms}issues,); they are {shapes}")
    if np.any(n < 0) or np.any(x < 0) or np.any(x > n[..., None, :]):
        raise ValueError("a count is below 0, or a topic is on more cards than an issue has")


@dataclass(frozen=True)
class Sums:
    """Counts up to every issue, so that what was known at any of them is found without adding up again.

    `x`, `x_time` (issues + 1, forms, topics) and `n`, `n_time`, `n_time2` (issues + 1, forms) are sums over
    the issues before a position of counts, of counts times time, and of counts times time squared. `total`
    (issues, topics) are the counts of all forms, `time` (issues,). Whole numbers below 2^53, so exact.
    """

    time: Floats
    total: Floats
    x: Floats
    x_time: Floats
    n: Floats
    n_time: Floats
    n_time2: Floats

    def up_to(self, n_issues: int, n_topics: int) -> "Sums":
        """What was known after so many issues, of the first topics."""
        known = slice(n_issues + 1)
        return Sums(
            time=self.time[:n_issues],
            total=self.total[:n_issues, :n_topics],
            x=self.x[known, :, :n_topics],
            x_time=self.x_time[known, :, :n_topics],
            n=self.n[known],
            n_time=self.n_time[known],
            n_time2=self.n_time2[known],
        )

    def of_topics(self, topics: Ints) -> Floats:
        """The counts of some topics, (issues, forms, topics)."""
        return np.diff(self.x[:, :, topics], axis=0)


def sums_of(x: Ints, n: Ints, time: Ints) -> Sums:
    """The sums of counts x (forms, topics, issues) and n (forms, issues); time (issues,) in whole units.

    Raises:
        ValueError: As `check_counts`.
    """
    check_counts(x, n, by_form=True)
    when = time.astype(np.float64)
    by_issue = np.moveaxis(x, -1, 0).astype(np.float64)
    able = n.T.astype(np.float64)
    return Sums(
        time=when,
        total=by_issue.sum(axis=1),
        x=_running_first(by_issue),
        x_time=_running_first(by_issue * when[:, None, None]),
        n=_running_first(able),
        n_time=_running_first(able * when[:, None]),
        n_time2=_running_first(able * when[:, None] ** 2),
    )


def _running_first(values: Floats) -> Floats:
    """`running` along the first axis."""
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def with_cards(x: Ints, n: Ints) -> tuple[Ints, Ints, Ints]:
    """Positions of the issues that have cards, and the counts x and n of these alone.

    Raises:
        ValueError: As `check_counts`.
    """
    check_counts(x, n)
    found = np.flatnonzero(n > 0)
    return found, x[:, found].astype(np.int64), n[found].astype(np.int64)


def dominant_form(n_by_form: Ints) -> Ints:
    """The form that most cards of an issue have: (issues,) from counts (forms, issues).

    Of forms with equally many cards it is the first, so forms must come in an order that does not depend on
    the data, that of their names.
    """
    if not len(n_by_form):
        return np.zeros(n_by_form.shape[1], dtype=np.int64)
    found: Ints = np.argmax(n_by_form, axis=0)
    return found


def running(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Sums of all values before a position along the last axis, which gets one entry more; the first is 0."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def k_log_k(largest: int) -> Floats:
    """The table k ln k for whole k from 0, where it is 0."""
    k = np.arange(largest + 1, dtype=np.float64)
    k[1:] *= np.log(k[1:])
    return k


def log_choices(n: Ints, x: Ints) -> Floats:
    """The logarithm of the number of ways to choose x out of n, of the common shape of both."""
    log_factorial = running(np.log(np.arange(1, int(n.max(initial=0)) + 1, dtype=np.float64)))
    found: Floats = log_factorial[n] - log_factorial[x] - log_factorial[n - x]
    return found
