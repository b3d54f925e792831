"""What a snapshot tells anew: its table `snapshot_diff`, against the last one of the same raw folder.

That one is read from its Parquet files, which nobody can lock. It may be of an earlier version: what it does
not hold is not compared.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from signals_pipeline import __version__
from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.schema import column_names, sql_text
from signals_pipeline.core.store import Store
from signals_pipeline.marts.models import STAGES
from signals_pipeline.parsed.chunks import parser_version
from signals_pipeline.parsed.sections import SECTIONS
from signals_pipeline.publish.database import schema_fingerprint
from signals_pipeline.publish.known import KnownTopic, is_known
from signals_pipeline.publish.models import CALLS_TOLD, FEED_KINDS
from signals_pipeline.publish.report.safe import clipped
from signals_pipeline.publish.revisions import FileChanges, file_changes

_TITLE_SAID = 120
"""Characters of a title that a sentence says."""

_WRITTEN = ("title", "url", "category", "type", "summary")
"""The columns of a card that its author wrote, by which it is found to be changed; dates are told apart."""

_EDITED = "files that a person edits"

MAX_ENTRIES = 100
"""Entries of the feed, those told last: whoever reads it weekly misses none."""

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a snapshot tells anew, and against which one.

    `rows` are those of `snapshot_diff`, `since` is the snapshot that it was compared with, empty without one,
    `other_code` says in words what of the code is other than it was then, and of the files that a person
    edits where no card is. Then the rows do not come of the world: they are no news. `told_before` are the
    rows of `feed_entry` of that snapshot. `told` says when (UTC) a change was told first, by its id; what it
    does not name was told to nobody.
    """

    rows: Sequence[Mapping[str, Any]] = ()
    since: str = ""
    other_code: str = ""
    is_news: bool = True
    told_before: Sequence[Mapping[str, Any]] = ()
    told: Mapping[str, datetime] = field(default_factory=dict)

    def news(self) -> list[Mapping[str, Any]]:
        """The rows that feed or message tell, which nobody knows; some may have been told before."""
        if not self.is_news:
            return []
        return [row for row in self.rows if row["change_kind"] in FEED_KINDS and not row["is_known"]]

    def told_with(self, built_at: datetime) -> dict[str, datetime]:
        """What `told` is once a snapshot that was built at a moment is published."""
        return {row["change_id"]: built_at for row in self.news()} | dict(self.told)

    def feed(self, built_at: datetime) -> list[Mapping[str, Any]]:
        """The rows of `feed_entry` of a snapshot built at a moment: what was told keeps its moment."""
        told = self.told_with(built_at)
        new = [{**row, "told_at": told[row["change_id"]]} for row in self.news()]
        entries = {row["change_id"]: row for row in (*new, *self.told_before)}.values()
        # Of what one snapshot tells, calls come first, and then the last issues.
        by_kind = sorted(entries, key=lambda row: row["issue_key"] or "", reverse=True)
        by_kind.sort(key=lambda row: row["change_kind"])
        return sorted(by_kind, key=lambda row: row["told_at"], reverse=True)[:MAX_ENTRIES]


def difference(
    store: Store,
    last: Path | None,
    as_of: date,
    input_fingerprint: str,
    known: Sequence[KnownTopic] = (),
    told: Mapping[str, datetime] = MappingProxyType({}),
) -> Difference:
    """What the store holds against a snapshot; nothing where there is none.

    `known` is judged on the day `as_of`. `input_fingerprint` is that of what the store holds. `told` says
    when changes were told first, beside what the snapshot says of that.
    """
    if last is None:
        return Difference(told=told)
    then = _Then(last)
    with faults_translated(last):
        before = then.about(store)
        others = _other_code(store, then, before)
        is_edited = before["input_fingerprint"] != input_fingerprint
        no_card = not _is_any_card_another(store, last, then)
        told_before = _rows(store, f"FROM {then('feed_entry')}") if then.has("feed_entry") else []
        found: list[_Row] = [*_of_topics(store, then), *_of_cards(store, then)]
    other_code, why = _caveat(others, is_edited=is_edited, no_card=no_card)
    rows = [
        {
            "topic_id": None,
            "issue_key": None,
            **row,
            "change_id": _change_id(row),
            "is_known": row.get("topic") is not None and is_known(known, row["topic"], row["after"], as_of),
            "sentence": _sentence(row) + why,
            "since_snapshot": last.name,
        }
        for row in found
    ]
    told_then = {row["change_id"]: row["told_at"] for row in told_before}
    return Difference(rows, last.name, other_code, not why, told_before, {**told_then, **told})


class _Then:
    """The tables of a snapshot, as SQL names them."""

    def __init__(self, snapshot: Path) -> None:
        self._parquet = snapshot / "parquet"

    def __call__(self, name: str) -> str:
        """A table by its name in the store."""
        return f"read_parquet({sql_text(str(self._path(name)))})"

    def has(self, *names: str) -> bool:
        """Whether it holds all these tables: an earlier version may not have made them."""
        return all(self._path(name).is_file() for name in names)

    def about(self, store: Store) -> _Row:
        """The row of the table `snapshot`."""
        return _rows(store, f"FROM {self('snapshot')}")[0]

    def columns(self, store: Store, name: str) -> set[str]:
        """The columns of a table."""
        return {row["column_name"] for row in _rows(store, f"DESCRIBE FROM {self(name)}")}

    def _path(self, name: str) -> Path:
        schema, _, table = name.rpartition(".")
        return self._parquet / (schema or "main") / f"{table}.parquet"


def _caveat(others: Sequence[str], *, is_edited: bool, no_card: bool) -> tuple[str, str]:
    """What is another beside the cards, and what each sentence says of it where no card is another."""
    if not no_card or not (others or is_edited):
        return ", ".join(others), ""
    if not is_edited:
        other_code = f"{', '.join(others)}; no card and no file that a person edits changed"
        return other_code, " No card changed: the code or its parameters did."
    what = f"the code, its parameters or {_EDITED}" if others else _EDITED
    return f"{', '.join([*others, _EDITED])}; no card changed", f" No card changed: {what} did."


def _is_any_card_another(store: Store, last: Path, then: _Then) -> bool:
    """Whether a file of cards is new, gone or another, or the day came of a card that was of a later one."""
    if file_changes(store, last / "parquet") != FileChanges():
        return True
    if "issue_date_reason" not in then.columns(store, "parsed.cards"):
        return False
    later = f"""
        SELECT card_id
        FROM parsed.cards AS n
        JOIN {then("parsed.cards")} AS t USING (card_id)
        WHERE t.issue_date_reason = 'after-as-of' AND n.issue_date_reason IS NULL
        LIMIT 1
    """
    return bool(_rows(store, later))


def _other_code(store: Store, then: _Then, before: Mapping[str, Any]) -> list[str]:
    """What of the code differs from that of a snapshot, in words."""
    parameters = "SELECT metric, parameter, value, value_text FROM {}"
    versions = {
        "the version of signals_pipeline": (before["package_version"], __version__),
        "how cards are read": (before["parser_version"], parser_version()),
        "the published tables": (before.get("schema_fingerprint"), schema_fingerprint()),
    }
    found = [what for what, (one, other) in versions.items() if one != other]
    if then.has("metric"):
        one, other = (f"({parameters.format(name)})" for name in ("metric", then("metric")))
        if _rows(store, f"({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})"):
            found.append("parameters")
    return found


def _of_topics(store: Store, then: _Then) -> Iterator[_Row]:
    """Calls of concepts made and ended, and concepts whose stage is another.

    A concept is the one that had a name of it then, whatever it is called now. Where several became one, or
    one became several, a call that any of them had goes on.
    """
    if not then.has("call_history", "topic_momentum", "concept_members"):
        return
    sql = f"""
        WITH
        then_calls AS (
            SELECT topic_id, topic, stage, called_from FROM {then("call_history")}
            WHERE kind = 'concept' AND called_to IS NULL AND stage IN (SELECT unnest($told))
        ),
        now_calls AS (
            SELECT topic_id, topic, stage, called_from FROM call_history
            WHERE kind = 'concept' AND called_to IS NULL AND stage IN (SELECT unnest($told))
        ),
        then_stages AS (
            SELECT topic_id, topic, stage FROM {then("topic_momentum")} WHERE kind = 'concept'
        ),
        now_stages AS (
            SELECT topic_id, topic, stage, called_since, same_as FROM topic_momentum WHERE kind = 'concept'
        ),
        shared AS (
            SELECT
                t.concept_id AS then_id, n.concept_id AS now_id,
                t.relation = 'is' AND n.relation = 'is' AS is_name
            FROM {then("concept_members")} AS t
            JOIN concept_members AS n USING (member_topic_id)
        ),
        links AS (
            SELECT then_id, now_id, count(*) AS n_names
            FROM (
                SELECT then_id, now_id FROM shared WHERE is_name
                UNION ALL
                SELECT topic_id, topic_id FROM then_stages
            )
            WHERE then_id IN (SELECT topic_id FROM then_stages)
                AND now_id IN (SELECT topic_id FROM now_stages)
            GROUP BY ALL
        ),
        -- The one that a concept became, and the one that it was, of several those with most of its names.
        heirs AS (
            FROM links
            QUALIFY row_number() OVER (
                PARTITION BY then_id ORDER BY then_id = now_id DESC, n_names DESC, now_id
            ) = 1
        ),
        formers AS (
            SELECT links.*, topic, stage
            FROM links
            JOIN then_stages ON topic_id = then_id
            QUALIFY row_number() OVER (
                PARTITION BY now_id ORDER BY then_id = now_id DESC, n_names DESC, then_id
            ) = 1
        ),
        -- A call goes on though late cards move its beginning, unless it begins after the last issue of then:
        -- it had ended in between.
        going_on AS (
            SELECT then_id, now_id, n.stage
            FROM links
            JOIN now_calls AS n ON n.topic_id = now_id
            JOIN then_calls AS t ON t.topic_id = then_id AND t.stage = n.stage
            WHERE n.called_from <= (SELECT last_issue_date FROM {then("snapshot")})
        ),
        calls AS (
            SELECT
                'call made' AS change_kind, n.topic_id, n.topic, f.topic AS former, f.stage AS before,
                n.stage AS after, n.called_from AS called_since, NULL AS last_issue,
                n.topic_id IN (SELECT now_id FROM shared) AS is_on_cards
            FROM now_calls AS n
            LEFT JOIN formers AS f ON f.now_id = n.topic_id
            WHERE (n.topic_id, n.stage) NOT IN (SELECT now_id, stage FROM going_on)
            UNION ALL
            SELECT
                'call ended', coalesce(n.topic_id, t.topic_id), coalesce(n.topic, t.topic), t.topic, t.stage,
                n.stage, t.called_from, NULL, t.topic_id IN (SELECT then_id FROM shared)
            FROM then_calls AS t
            LEFT JOIN heirs AS h ON h.then_id = t.topic_id
            LEFT JOIN now_stages AS n ON n.topic_id = h.now_id
            WHERE (t.topic_id, t.stage) NOT IN (SELECT then_id, stage FROM going_on)
            QUALIFY row_number() OVER (
                PARTITION BY coalesce(n.topic_id, t.topic_id), t.stage ORDER BY t.called_from, t.topic_id
            ) = 1
        )
        FROM calls
        WHERE topic_id NOT IN (SELECT topic_id FROM now_stages WHERE same_as IS NOT NULL)
        UNION ALL
        SELECT
            'stage changed', n.topic_id, n.topic, f.topic, f.stage, n.stage, n.called_since,
            (SELECT max(issue_date) FROM dated_issues), TRUE
        FROM now_stages AS n
        JOIN formers AS f ON f.now_id = n.topic_id
        JOIN heirs AS h ON (h.then_id, h.now_id) = (f.then_id, f.now_id)
        WHERE n.stage <> f.stage AND n.same_as IS NULL AND n.topic_id NOT IN (SELECT topic_id FROM calls)
        ORDER BY ALL
    """
    yield from _rows(store, sql, told=list(CALLS_TOLD))


def _of_cards(store: Store, then: _Then) -> Iterator[_Row]:
    """Cards and newsletter issues that are new, gone, dated or changed."""
    parts = _other_parts(store, then)
    columns = "card_id, title, issue_key, issue_date, file_sha256"
    sql = f"""
        WITH
        now_cards AS (SELECT {columns} FROM parsed.cards LEFT JOIN parsed.files_seen USING (path)),
        then_cards AS (
            SELECT {columns} FROM {then("parsed.cards")} LEFT JOIN {then("parsed.files_seen")} USING (path)
        ),
        new_cards AS (SELECT * FROM now_cards WHERE card_id NOT IN (SELECT card_id FROM then_cards)),
        gone_cards AS (SELECT * FROM then_cards WHERE card_id NOT IN (SELECT card_id FROM now_cards)),
        -- An issue of cards that were all there before is none anew: it is they that are dated.
        new_issues AS (
            SELECT issue_key, count(card_id) AS n_cards
            FROM now_cards
            WHERE issue_key IN (SELECT issue_key FROM new_cards)
                AND issue_key NOT IN (SELECT issue_key FROM then_cards)
            GROUP BY issue_key
        ),
        gone_issues AS (
            SELECT issue_key, count(card_id) AS n_cards
            FROM then_cards
            WHERE issue_key IN (SELECT issue_key FROM gone_cards)
                AND issue_key NOT IN (SELECT issue_key FROM now_cards)
            GROUP BY issue_key
        )
        SELECT
            'card new' AS change_kind, card_id, title, issue_key, NULL AS before, NULL AS after,
            NULL AS n_cards, NULL AS files
        FROM new_cards
        UNION ALL
        SELECT 'card removed', card_id, title, issue_key, NULL, NULL, NULL, NULL FROM gone_cards
        UNION ALL
        SELECT
            'card dated', n.card_id, n.title, n.issue_key, CAST(t.issue_date AS VARCHAR),
            CAST(n.issue_date AS VARCHAR), NULL, NULL
        FROM now_cards AS n
        JOIN then_cards AS t USING (card_id)
        WHERE n.issue_date IS DISTINCT FROM t.issue_date
        UNION ALL
        SELECT
            'card changed', n.card_id, n.title, n.issue_key, NULL, NULL, NULL,
            concat(t.file_sha256, ' ', n.file_sha256)
        FROM now_cards AS n
        JOIN then_cards AS t USING (card_id)
        WHERE n.card_id IN (SELECT unnest($changed))
        UNION ALL
        SELECT 'issue new', NULL, NULL, issue_key, NULL, NULL, n_cards, NULL FROM new_issues
        UNION ALL
        SELECT 'issue removed', NULL, NULL, issue_key, NULL, NULL, n_cards, NULL FROM gone_issues
        ORDER BY change_kind, issue_key, card_id
    """
    for row in _rows(store, sql, changed=list(parts)):
        if row["change_kind"] == "card changed":
            row["after"] = ", ".join(parts[row["card_id"]])
        yield row


def _other_parts(store: Store, then: _Then) -> dict[str, list[str]]:
    """By card the parts, such as summary or signals, that read otherwise than then; also of new cards."""
    found: dict[str, list[str]] = defaultdict(list)
    # Each by itself: together they would hold the marks of all parts in memory.
    for part, table, written in _marks(store, then):
        marks = f"SELECT card_id, bit_xor(hash({written})) AS mark FROM {{}} GROUP BY card_id"
        sql = f"""
            SELECT card_id
            FROM ({marks.format(f"parsed.{table}")}) AS n
            FULL JOIN ({marks.format(then(f"parsed.{table}"))}) AS t USING (card_id)
            WHERE n.mark IS DISTINCT FROM t.mark
        """
        for (card_id,) in store.rows(sql):
            found[card_id].append(part)
    return found


def _marks(store: Store, then: _Then) -> Iterator[tuple[str, str, str]]:
    """Each part of a card that its author wrote: its name, its table, and its columns then and now."""
    then_has = {name: then.columns(store, f"parsed.{name}") for name in ("cards", *SECTIONS)}
    for name in _WRITTEN:
        if name in then_has["cards"]:
            yield name, "cards", name
    for name, section in SECTIONS.items():
        # Where a row stands in its file is no part of what it says.
        compared = [one for one in column_names(section.model) if one != "line" and one in then_has[name]]
        yield section.words, name, ", ".join(compared)


def _rows(store: Store, sql: str, **parameters: Any) -> list[_Row]:
    found = store.connection.execute(sql, parameters)
    names = [one[0] for one in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _change_id(row: Mapping[str, Any]) -> str:
    """MD5 of what changed; not of the snapshots that it is told by and against."""
    what: tuple[Any, ...]
    told = (row["change_kind"], row.get("topic_id"), row.get("issue_key"), row.get("card_id"))
    match row["change_kind"]:
        case "call made":
            what = (row["after"], row["called_since"])
        case "call ended":
            what = (row["before"], row["called_since"])
        case "stage changed":
            what = (row["before"], row["after"], row["last_issue"])
        case "card dated":
            what = (row["before"], row["after"])
        case _:
            what = (row["files"],)
    return hashlib.md5(repr([str(one) for one in (*told, *what)]).encode()).hexdigest()  # noqa: S324


def _sentence(row: Mapping[str, Any]) -> str:
    """What a person is told of a change."""
    title = f"“{clipped(row.get('title') or '(no title)', _TITLE_SAID)}”"
    before, after = row["before"], row["after"]
    match row["change_kind"]:
        case "call made":
            was = (
                f"{_before(row)}: {STAGES[before]}" if before else f"it {_nowhere(row, 'had', 'was')} before"
            )
            return f"“{row['topic']}” is {after}, called so since the issue of {row['called_since']} ({was})."
        case "call ended":
            now = f"now: {STAGES[after]}" if after else f"it {_nowhere(row, 'has', 'is')} now"
            it = "it" if row["former"] == row["topic"] else f"“{row['former']}”"
            return (
                f"“{row['topic']}” is no longer called {before}, as {it} was since the issue of "
                f"{row['called_since']} ({now})."
            )
        case "stage changed":
            it = "" if row["former"] == row["topic"] else f", which was “{row['former']}”,"
            return (
                f"“{row['topic']}”{it} is at another stage: before, {STAGES[before]}; now, {STAGES[after]}."
            )
        case "issue new":
            return f"New: {_issue(row['issue_key'])}, {_cards(row['n_cards'])}."
        case "issue removed":
            return f"Gone: {_issue(row['issue_key'])}, {_cards(row['n_cards'])}."
        case "card new":
            return f"New card: {title}, {_issue(row['issue_key'])}."
        case "card removed":
            return f"The card {title} is gone, {_issue(row['issue_key'])}."
        case "card dated":
            now = f"is of {after} now" if after else "has no date now"
            return f"The card {title} {now}; {f'it was of {before}' if before else 'it had no date'}."
        case _:
            return f"The card {title} changed: {after}."


def _before(row: Mapping[str, Any]) -> str:
    return "before" if row["former"] == row["topic"] else f"before, as “{row['former']}”"


def _nowhere(row: Mapping[str, Any], has: str, is_: str) -> str:
    """That a topic has no stage: its cards, if any, do not count, or count for another topic."""
    return f"{has} no stage" if row["is_on_cards"] else f"{is_} on no card"


def _issue(key: str) -> str:
    undated, _, token = key.partition(":")
    if undated != "undated":
        return f"newsletter issue of {key}"
    return (
        f"cards without a date, marked “{clipped(token, _TITLE_SAID)}”" if token else "cards without a date"
    )


def _cards(n: int) -> str:
    return f"{n:,} card{'' if n == 1 else 's'}"
