"""What links tell."""

import hashlib
import time
from datetime import date

import pytest

from signals_pipeline.parsed.reader import links

N = 200_000


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "https://?" + "a." * N,
        "https://" + "?a-" * N,
        "https://?" + "token" * N,
        "a" * N + "://",
        "a://" * N,
        "https://" + "a:" * N,
        "https://" + "a@" * N + "/",
        "https://a.example/" + "20" * N,
        "https://a.example/?" + "utm_a=b&" * N,
        "https://a.example/(" + "\\xc3" * N,
        "https://a.example/x" + " '" * N + "'",
        "https://a.example/#/" + "?" * N,
    ],
    ids=lambda text: text[:20],
)
def test_hostile_links_are_read_in_linear_time(text: str) -> None:
    start = time.process_time()
    links.proven(text, "0" * 32)
    links.article_key(text)
    links.article_date(text)
    links.source_domain(links.host(text) or text)
    assert time.process_time() - start < 2


def test_the_id_of_a_link_is_that_of_the_author() -> None:
    assert links.link_hash("https://en.wikipedia.org/wiki/Fart_Proudly") == "001b195bbddec8fb0193b668a70aa883"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://a.example/é", b"https://a.example/\\xc3\\xa9"),
        ("https://a.example/it's", b"https://a.example/it's"),
        ('https://a.example/it\'s "so"', b'https://a.example/it\\\'s "so"'),
    ],
)
def test_the_id_of_a_link_is_that_of_its_bytes_as_python_writes_them(link: str, written: bytes) -> None:
    quote = '"' if "'" in link and '"' not in link else "'"
    text = f"b{quote}{written.decode()}{quote}"
    assert links.link_hash(link) == hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://a.example/x", "https://a.example/x"),
        # As Python writes bytes
        ("https://a.example/caf\\xc3\\xa9", "https://a.example/café"),
        ("https://a.example/\\xe2\\x82\\xac5/it's", "https://a.example/€5/it's"),
        ('https://a.example/it\\\'s-"so"', 'https://a.example/it\'s-"so"'),
        ("https://a.example/a\\\\b", "https://a.example/a\\b"),
        ("b'https://a.example/x'", "https://a.example/x"),
        ('b"https://a.example/it\'s"', "https://a.example/it's"),
        ("https://a.example/café", "https://a.example/café"),
        # Cut at a parenthesis
        ("https://a.example/Tide_(novel", "https://a.example/Tide_(novel"),
        ("https://a.example/Tide_(novel)", "https://a.example/Tide_(novel"),
        ("https://a.example/Tide_(novel", "https://a.example/Tide_(novel)"),
        ("https://a.example/Tide_(novel)/x", "https://a.example/Tide_(novel"),
        ("https://a.example/\\xc3\\xa9_(film", "https://a.example/é_(film)"),
        # A title or a blank
        ('https://a.example/x "The tide"', "https://a.example/x"),
        ("https://a.example/x 'The tide'", "https://a.example/x"),
        ("https://a.example/x (The tide)", "https://a.example/x"),
        ('https://a.example/x "The tide"', 'https://a.example/x "The tide"'),
        ("<https://a.example/a b>", "https://a.example/a b"),
        ("https://a.example/x ", "https://a.example/x "),
        (" https://a.example/x", "https://a.example/x"),
        ("https://a.example/a b", "https://a.example/a b"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/a%20b", "https://a.example/a b"),
        ("https://a.example/some- thing", "https://a.example/some-thing"),
        ("https://a.example/x and more", "https://a.example/x"),
    ],
)
def test_the_link_is_the_one_that_the_id_proves(written: str, link: str) -> None:
    assert links.proven(written, links.link_hash(link)) == link


@pytest.mark.parametrize(
    "written", ["https://a.example/x", "https://a.example/y(", "https://a.example/\\xc3 'x'", "(", " ", ""]
)
def test_another_link_is_not_proven(written: str) -> None:
    assert links.proven(written, links.link_hash("https://a.example/other")) is None


@pytest.mark.parametrize(
    "escapes", ["\\xc3", "\\xff\\xfe", "\\xc2\\x85", "\\xe2\\x80\\xae", "\\x00\\x1b", "\\n"]
)
def test_an_escape_brings_no_control_character_and_no_broken_letter_in(escapes: str) -> None:
    written = f"https://a.example/{escapes}"
    assert links.unescaped(written) == written
    assert links.proven(written, hashlib.md5(f"b'{written}'".encode()).hexdigest()) == written


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (' https://a.example/x  "The tide" ', "https://a.example/x"),
        ("https://a.example/x 'it''", "https://a.example/x"),
        ("<https://a.example/a b> 'x'", "https://a.example/a b"),
        ("https://a.example/a b", "https://a.example/a b"),
        ("https://a.example/it's", "https://a.example/it's"),
        ("https://a.example/x'", "https://a.example/x'"),
        ("  ", ""),
    ],
)
def test_a_title_and_blanks_are_no_part_of_an_address(written: str, address: str) -> None:
    assert links.address(written) == address


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("HTTPS://A.Example/Path?utm_source=x&b=1#part", "https://a.example/Path?b=1"),
        ("https://a.example/?UTM_Campaign=x&mc_cid=1&fbclid=2", "https://a.example/"),
        ("https://a.example/?a=1&&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/#a?b", "https://a.example/"),
        ("https://a.example/?token=abc", "https://a.example/?token=***"),
        ("https://User:Word@A.example/x", "https://***@a.example/x"),
        ("https://a.example/Echopraxia_(novel)", "https://a.example/Echopraxia_(novel)"),
        ("https://a.example/?_x_tr_sl=fr&amp_js_v=0.1&b=1", "https://a.example/?b=1"),
        ("https://a.example/a b/é", "https://a.example/a%20b/%C3%A9"),
        ("ftp://a.example/x", "ftp://a.example/x"),
        ("no link", "no link"),
        ("", ""),
    ],
)
def test_an_article_key_is_the_link_without_what_tracks(link: str, key: str) -> None:
    assert links.article_key(link) == key


@pytest.mark.parametrize(
    "links_of_one",
    [
        (
            "https://a.example/x",
            "http://a.example/x/",
            "HTTP://WWW.A.Example/x",
            "https://a.example:443/x?utm_id=1",
        ),
        ("https://a.example", "http://www.a.example/", "https://a.example/#top", "https://a.example/#/"),
        ("https://a.example?b=1", "http://a.example/?b=1", "https://www.a.example/?b=1#part"),
        (
            "https://a.example/#/tides/3",
            "http://www.a.example#/tides/3/",
            "https://a.example/#/tides/3?utm_id=1",
        ),
        (
            "https://www.youtube.com/watch?v=kelp1234567",
            "https://youtu.be/kelp1234567?si=a&t=30",
            "http://m.youtube.com/watch?feature=share&v=kelp1234567&list=b",
            "https://youtube.com/shorts/kelp1234567",
            "https://www.youtube-nocookie.com/embed/kelp1234567",
        ),
        (
            "https://twitter.com/kelp/status/12",
            "https://x.com/kelp/status/12?s=20",
            "https://mobile.twitter.com/kelp/status/12/",
            "https://www.x.com/kelp/status/12?s=46&t=ab",
        ),
        ("https://en.wikipedia.org/wiki/Tide_(novel)", "https://en.m.wikipedia.org/wiki/Tide_(novel"),
        ("https://doi.org/10.1/kelp", "http://dx.doi.org/10.1/kelp"),
        ("https://www.reddit.com/r/kelp", "https://old.reddit.com/r/kelp/"),
        ('https://a.example/x "The tide"', "https://a.example/x"),
        (
            "https://a.example/x",
            "https://a.example/x?gift=Kelp9f8e7d",
            "https://a.example/x?giftId=9f8e-7d6c",
        ),
        ("https://a.example/x?token=Kelp9f8e", "https://a.example/x?token=9f8e7d6c"),
        ("https://user:word@a.example/x", "https://other:word@a.example/x"),
        ("https://medium.com/@kelp/x-9f8e7d6c", "https://medium.com/@kelp/x-9f8e7d6c?sk=9f8e7d6c5b4a"),
    ],
)
def test_one_article_has_one_key(links_of_one: tuple[str, ...]) -> None:
    assert len(set(map(links.article_key, links_of_one))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/#/tides", "https://a.example/#/winds"),
        ("https://a.example/#!/tides", "https://a.example/"),
        ("https://a.example/app/#!tides", "https://a.example/app/#!winds"),
        ("https://a.example/#/tides?day=1", "https://a.example/#/tides?day=2"),
        ("https://a.example/X", "https://a.example/x"),
        ("https://www2.a.example/x", "https://a.example/x"),
        ("https://youtu.be/kelp1234567", "https://youtu.be/kelp1234568"),
        ("https://a.example/watch?v=1&t=2", "https://a.example/watch?v=1&t=3"),
        ("https://a.example/?unknown=Kelp9f8e7d", "https://a.example/?unknown=Kelp9f8e7e"),
        (
            "https://kelp.list-manage.com/track/click?u=9f8e7d",
            "https://kelp.list-manage.com/track/click?u=9f8e7e",
        ),
        ("https://www.dropbox.com/s/9f8e7d6c/x.pdf", "https://www.dropbox.com/s/9f8e7d6d/x.pdf"),
    ],
)
def test_two_articles_have_two_keys(one: str, other: str) -> None:
    assert links.article_key(one) != links.article_key(other)


@pytest.mark.parametrize(
    ("link", "masked"),
    [
        ("https://a.example/?unknown=Kelp9f8e7d", "https://a.example/?unknown=***"),
        ("https://www.dropbox.com/s/9f8e7d6c/x.pdf", "https://dropbox.com/s/***"),
    ],
)
def test_a_key_that_hides_what_is_read_ends_in_the_md5_of_the_whole_one(link: str, masked: str) -> None:
    whole = link.replace("www.", "")
    assert links.article_key(link) == f"{masked} {hashlib.md5(whole.encode()).hexdigest()}"


@pytest.mark.parametrize(
    ("link", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://user:word@News.Example.co.uk:8443/", "example.co.uk"),
        ("https://a.b.example.com./x", "example.com"),
        ("https://www.example.com", "example.com"),
        ("https://writer.substack.com/p/x", "writer.substack.com"),
        ("https://www.substack.com", "substack.com"),
        ("https://warm-house.substack.example/p/x", "warm-house.substack.example"),
        ("https://spare-room.blog.example/x", "spare-room.blog.example"),
        ("https://who.github.io/x", "who.github.io"),
        ("https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
        ("https://www.münchen.de/", "münchen.de"),
        ("http://192.168.0.1:80/x", "192.168.0.1"),
        ("http://[::1]:80/x", "::1"),
        ("https://localhost/x", "localhost"),
        ("https://a.b.nosuchsuffix", "b.nosuchsuffix"),
        ("https://co.uk", "co.uk"),
        ("https://youtu.be/kelp1234567", "youtube.com"),
        ("https://x.com/kelp", "twitter.com"),
        ("https://a.example) and (b", None),
        ("https:///path", None),
        ("http://..../", None),
        ("http://[::1/x", None),
        ("mailto:a@b.example", None),
        ("no link", None),
        ("", None),
    ],
)
def test_a_source_domain_is_what_somebody_registered(link: str, domain: str | None) -> None:
    host = links.host(link)
    assert (links.source_domain(host) if host else None) == domain


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2024/05/17/x", date(2024, 5, 17)),
        ("2024/05/x", date(2024, 5, 1)),
        ("20240517", date(2024, 5, 17)),
        ("x-2024-05-17-y", date(2024, 5, 17)),
        ("2024/02/31/x/2023/01/02", date(2023, 1, 2)),
        ("2024/13/01", None),
        ("1999/05/01", None),
        ("120240517", None),
        ("2024/5/7", None),
        ("?d=2024/05/17", None),
        ("#2024/05/17", None),
    ],
)
def test_a_date_is_read_from_the_path_only(path: str, day: date | None) -> None:
    assert links.article_date(f"https://a.example/{path}") == day
