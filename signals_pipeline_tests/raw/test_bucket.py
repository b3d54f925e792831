"""Cards in a bucket: the tables of the same cards in a folder, what changed told by etag, nothing lost."""

import sys
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.core import engines
from signals_pipeline.core.bucket import Bucket
from signals_pipeline.core.engines import Engine
from signals_pipeline.core.errors import BadInputFileError, NoInputError
from signals_pipeline.core.settings import project
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import ingest
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.raw import gate
from signals_pipeline.raw import place as places
from signals_pipeline.raw.inventory import list_folder, version
from signals_pipeline.raw.place import list_cards
from signals_pipeline_tests.conftest import AWS_SECRET, CALENDAR, opened, taken_in
from signals_pipeline_tests.raw.sample import (
    card,
    card_id,
    everything,
    link,
    read_afresh,
    rejects,
    rows,
    write,
)

LIST, GET = "ListObjectsV2", "GetObject"


@pytest.fixture
def place(bucket: Any) -> Bucket:
    """The part of a bucket in which cards lie; beside it lies one that is none of them."""
    put(bucket, "cards-of-others/a.md", card(99))
    return Bucket(bucket.name, "cards/")


def put(bucket: Any, key: str, text: str | bytes) -> None:
    bucket.put_object(Key=key, Body=text if isinstance(text, bytes) else text.encode())


def put_card(bucket: Any, number: int, text: str | None = None) -> str:
    """Put a card under its own name; returns its path."""
    path = f"{card_id(link(number))}.md"
    put(bucket, f"cards/{path}", card(number) if text is None else text)
    return path


@pytest.fixture
def store(tmp_path: Path, place: Bucket) -> Any:
    with opened(tmp_path / "build", place) as found:
        yield found


def paths(store: Store) -> list[str]:
    return [path for (path,) in rows(store, "card_files", "path")]


@pytest.mark.parametrize(
    ("address", "is_read_as"),
    [
        ("s3://signals", "s3://signals"),
        ("s3://signals/", "s3://signals"),
        ("s3://signals/cards/2024//", "s3://signals/cards/2024"),
        ("s3://my.signals-1/my cards", "s3://my.signals-1/my cards"),
    ],
)
def test_an_address_is_read_in_one_form(address, is_read_as) -> None:
    assert str(project(raw_dir=address).raw_dir()) == is_read_as


@pytest.mark.parametrize(
    "address",
    [
        f"s3://AKIDNOREALONE:{AWS_SECRET}@signals/cards",
        f"s3://signals/cards?secret={AWS_SECRET}",
        f"s3:/{AWS_SECRET}@signals",
        f"https://me:{AWS_SECRET}@signals.example.org/cards",
        "s3://",
        "s3://signals/cards//2024",
        "s3://signals/a\nb",
        "gs://signals/cards",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(address) -> None:
    with pytest.raises(BadInputFileError, match="write it as s3://bucket/path") as refused:
        project(raw_dir=address)
    assert AWS_SECRET not in str(refused.value)


def test_what_is_below_a_path_is_told_by_whole_names() -> None:
    cards = Bucket.at("s3://signals/cards")
    held = ["s3://signals/cards", "s3://signals/cards/", "s3://signals/cards/copy"]
    assert [cards.holds(one) for one in (*held, "s3://signals", "s3://signals/cards2")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert Bucket.at("s3://signals").holds("s3://signals/cards")


def test_a_folder_is_listed_without_what_reaches_storage(raw_dir, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "signals_pipeline.raw.bucket", None)
    write(raw_dir, 1)
    assert list_cards(raw_dir) == list_folder(raw_dir)
    (entry,) = list_cards(raw_dir).entries
    assert places.reader(raw_dir, [entry])(entry).data == card(1).encode()


def test_storage_without_its_extra_is_said_with_what_to_do(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(NoInputError, match=r"s3://signals/cards cannot be listed\. .* the extra publish"):
        list_cards(Bucket.at("s3://signals/cards"))


FILES = {
    "a.md": card(1),
    "below/two words/b é.md": card(2),
    "C.MARKDOWN": card(3),
    "not-utf8.md": b"\xff\xfe",
    "empty.md": b"",
    "blanks.txt": " \n",
    "page.md": "A page about kelp.",
    "image.png": b"\x89PNG",
    "a[1]*?.md": card(4),
    "back\\slash.md": card(5),
    ".hidden.md": card(6),
    ".obsidian/x/y.md": card(7),
    ".obsidian/z.md": card(8),
    "below/.trash/a.md": card(9),
    "large.md": b"x" * (gate.MAX_BYTES + 1),
}


@pytest.mark.long
def test_a_bucket_gives_the_tables_that_the_same_files_give_in_a_folder(
    bucket, place, store, tmp_path, asked
) -> None:
    for name, content in FILES.items():
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_bytes(data)
        put(bucket, f"cards/{name}", data)
    put(bucket, "cards/below/", b"")
    taken_in(store, place)
    assert everything(store) == read_afresh(tmp_path, tmp_path / "raw")
    n_hidden, n_empty, n_large, n_no_text = 4, 1, 1, 1
    assert asked == {LIST: 1, GET: len(FILES) - n_hidden - n_empty - n_large - n_no_text}


@pytest.mark.long
def test_keys_that_no_file_could_have_are_read_or_rejected(bucket, place, store) -> None:
    keys = ["a//b.md", "/c.md", "%41 + &#.md", "d/e.md", "d", "s3://f.md", f"{'g' * 300}.md"]
    for number, key in enumerate(keys):
        put(bucket, f"cards/{key}", card(number))
    put(bucket, "cards/h?versionId=1.md", card(8))
    put(bucket, "cards/../i.md", card(9))
    taken_in(store, place)
    assert paths(store) == sorted(set(keys) - {"d"})
    assert ("h?versionId=1.md", "file", "unreadable") in rejects(store)
    left = {
        path: kind for path, kind in rows(store, "files_seen", "path", "kind") if path not in paths(store)
    }
    assert left == {"d": "not text", "h?versionId=1.md": "other", "../": "other"}


@pytest.mark.full
def test_processes_read_a_bucket_as_this_one_does(bucket, place, store, tmp_path, monkeypatch) -> None:
    for number in range(9):
        put_card(bucket, number)
    monkeypatch.setattr(ingest, "BATCH", 3)
    monkeypatch.setattr(engines, "POOL_FROM_BYTES", 0)
    save_listing(store, list_cards(place))
    ingest.ingest(store, place, CALENDAR, {}, engine=Engine(processes=2))
    assert everything(store) == read_afresh(tmp_path, place)


@pytest.mark.long
def test_what_changed_is_told_by_etag_and_nothing_else_is_downloaded(
    bucket, place, store, tmp_path, asked
) -> None:
    names = [put_card(bucket, number) for number in range(4)]
    assert taken_in(store, place).new == 4
    asked.clear()
    before = version(list_cards(place))
    assert taken_in(store, place).read == 0
    put_card(bucket, 1)
    assert version(list_cards(place)) == before, "the same was written again"
    assert asked == {LIST: 3}, "nothing changed"

    asked.clear()
    put_card(bucket, 1, card(1).replace("Kelp", "Help"))
    changed = taken_in(store, place)
    assert (changed.read, changed.changed) == (1, 1), "of the same size, and with another etag"
    assert asked == {LIST: 1, GET: 1}
    assert ("Help",) in rows(store, "cards", "title")

    asked.clear()
    bucket.Object(f"cards/{names[2]}").delete()
    assert taken_in(store, place).removed == 1
    assert asked == {LIST: 1}
    assert paths(store) == sorted(set(names) - {names[2]})
    assert everything(store) == read_afresh(tmp_path, place)


@pytest.mark.long
def test_a_listing_has_all_its_pages_or_is_none(bucket, place, monkeypatch) -> None:
    from aiobotocore.client import AioBaseClient

    names = [put_card(bucket, number) for number in range(5)]
    call = AioBaseClient._make_api_call
    broken = []

    async def two_at_a_time(self: AioBaseClient, name: str, given: dict[str, Any]) -> Any:
        if broken and given.get("ContinuationToken"):
            raise ValueError("half of it")
        return await call(self, name, given | {"MaxKeys": 2})

    monkeypatch.setattr(AioBaseClient, "_make_api_call", two_at_a_time)
    assert [one.path for one in list_cards(place).entries] == sorted(names)
    broken.append(True)
    with pytest.raises(NoInputError, match=r"cannot be listed: half of it\. Check SIGNALS_RAW_DIR"):
        list_cards(place)


@pytest.mark.long
def test_an_object_that_goes_in_between_is_as_if_it_had_never_been_listed(
    bucket, place, store, tmp_path
) -> None:
    names = [put_card(bucket, number) for number in range(3)]
    save_listing(store, list_cards(place))
    bucket.Object(f"cards/{names[0]}").delete()
    put_card(bucket, 1, card(1, title="Another"))
    ingest.ingest(store, place, CALENDAR, {})
    assert paths(store) == sorted(names[1:])
    assert ("Another",) in rows(store, "cards", "title")
    # What was read is newer than the listing, so that the next one has it read again.
    assert taken_in(store, place).read == 1
    assert everything(store) == read_afresh(tmp_path, place)


@pytest.mark.long
def test_a_bucket_that_goes_in_between_takes_no_card_along(bucket, place, store) -> None:
    names = [put_card(bucket, number) for number in range(3)]
    taken_in(store, place)
    held = everything(store)
    put_card(bucket, 1, card(1, title="Another"))
    save_listing(store, list_cards(place))
    bucket.objects.all().delete()
    bucket.delete()
    with pytest.raises(NoInputError, match=f"{place} cannot be listed: The specified bucket does not exist"):
        ingest.ingest(store, place, CALENDAR, {})
    assert everything(store) == held
    assert paths(store) == sorted(names)


@pytest.mark.long
def test_an_object_that_is_there_and_cannot_be_read_is_an_error(bucket, place, store, monkeypatch) -> None:
    from aiobotocore.client import AioBaseClient

    call = AioBaseClient._make_api_call
    name = put_card(bucket, 1)

    async def refused(self: AioBaseClient, name: str, given: dict[str, Any]) -> Any:
        if name == GET:
            raise PermissionError(f"https://me:{AWS_SECRET}@host/ says: no {AWS_SECRET} of AKIDNOREALONE")
        return await call(self, name, given)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", refused)
    with pytest.raises(NoInputError, match=f"{place}/{name} cannot be read: ") as told:
        taken_in(store, place)
    assert AWS_SECRET not in str(told.value)
    assert "AKIDNOREALONE" not in str(told.value)
    assert paths(store) == []


@pytest.mark.long
def test_an_object_that_grows_in_between_is_not_read_to_its_end(bucket, place) -> None:
    put_card(bucket, 1)
    (entry,) = list_cards(place).entries
    assert entry.size == len(card(1))
    put_card(bucket, 1, "x" * 3 * gate.MAX_BYTES)
    with pytest.raises(gate.GateError, match=f"The file has {gate.MAX_BYTES + 1:,} bytes"):
        places.reader(place, [entry])(entry)


@pytest.mark.long
def test_without_keys_it_is_said_where_they_come_from(bucket, place, monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(
        NoInputError, match=r"cannot be listed: Unable to locate credentials\. .* Keys are read"
    ):
        list_cards(place)


@pytest.mark.long
def test_the_objects_of_one_newsletter_issue_alone_are_downloaded_again(place, bucket, store, asked) -> None:
    for number in (7, 8, 9):
        put_card(bucket, number, card(number, token=f"2024010{number}"))
    taken_in(store, place)
    asked.clear()
    again = ingest.ingest(store, place, CALENDAR, {}, issue_key="2024-01-08")
    assert (again.read, again.again, asked[GET]) == (1, 1, 1)


@pytest.mark.long
def test_an_empty_place_is_said_by_its_address(place, store) -> None:
    with pytest.raises(NoInputError, match=f"There is nothing to read in {place}: no text file"):
        taken_in(store, place)
