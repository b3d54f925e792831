"""What links tell, and what of them must not be published."""

import hashlib
import time
from datetime import date

import pytest

from signals_pipeline.parsed.reader import links

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://a.example/?token=abc", "https://a.example/?token=***"),
        ("https://a.example?x=1&TOKEN=abc&y=2", "https://a.example?x=1&TOKEN=***&y=2"),
        ("https://a.example/#access_token=abc&state=1", "https://a.example/#access_token=***&state=1"),
        ("https://a.example/;jsessionid=AB12?x=1", "https://a.example/;jsessionid=***"),
        ("https://a.example/?PHPSESSID=abc", "https://a.example/?PHPSESSID=***"),
        ("https://a.example/?a=1&amp;sig=abc&amp;b=2", "https://a.example/?a=1&amp;sig=***&amp;b=2"),
        (
            "https://a.example/?api_key=1&apikey=2&api-key=3",
            "https://a.example/?api_key=***&apikey=***&api-key=***",
        ),
        (
            "https://a.example/?X-Amz-Signature=ab&X-Amz-Date=1",
            "https://a.example/?X-Amz-Signature=***&X-Amz-Date=1",
        ),
        ("https://a.example/?X-Amz-Security-Token=t", "https://a.example/?X-Amz-Security-Token=***"),
        (
            "https://a.example/?AWSAccessKeyId=1&access_key=2",
            "https://a.example/?AWSAccessKeyId=1&access_key=***",
        ),
        ("https://a.example/?accessToken=1&idToken=2", "https://a.example/?accessToken=***&idToken=***"),
        (
            "https://a.example/?client_secret=1&oauth_token=2",
            "https://a.example/?client_secret=***&oauth_token=***",
        ),
        ("https://a.example/?auth=1&pwd=2&sid=3", "https://a.example/?auth=***&pwd=***&sid=***"),
        ("https://a.example/?user[password]=abc", "https://a.example/?user[password]=***"),
        ("https://a.example/?user%5Bpassword%5D=abc", "https://a.example/?user%5Bpassword%5D=***"),
        ("https://a.example/?pass=a(b)c", "https://a.example/?pass=***"),
        (
            "https://a.example/?next=https%3A%2F%2Fb.example%3Ftoken%3Dabc%26x%3D1",
            "https://a.example/?next=https%3A%2F%2Fb.example%3Ftoken%3D***%26x%3D1",
        ),
        ("https://user:word@a.example/x", "https://***@a.example/x"),
        ("https://user:wo@rd@a.example/x", "https://***@a.example/x"),
        ("ftp://user@a.example", "ftp://***@a.example"),
        (f"https://a.example/{JWT}/x", "https://a.example/***/x"),
        (f"Bearer {JWT}", "Bearer ***"),
        (f"__{JWT}", "__***"),
        ("__https://user:word@a.example__", "__https://***@a.example__"),
        ("[text](https://a.example/?token=abc) goes on", "[text](https://a.example/?token=***) goes on"),
        ("| <https://a.example/?token=abc> |", "| <https://a.example/?token=***> |"),
        ("https://a.example/?access\\_token\\=abc", "https://a.example/?access\\_token\\=***"),
        ("www.a.example/?token=abc", "www.a.example/?token=***"),
    ],
)
def test_credentials_are_masked(text: str, masked: str) -> None:
    assert links.mask_credentials(text) == masked
    assert links.mask_credentials(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/?author=abc&tokens=4&design=x&compass=n&monkey=1&passport=2&resid=3&key=4&oauth=5",
        "https://a.example/@user/post",
        "https://a.example/token/secret?page=2",
        "mail to user@a.example",
        "a = b; c = d; Tokens rise = true",
        "The token=price of the ferry",
        "eyJ is how it begins",
        "https://a.example/MonkeyJungle2024.html",
        "",
    ],
)
def test_nothing_else_is_masked(text: str) -> None:
    assert links.mask_credentials(text) == text


N = 200_000


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "https://?" + "a." * N,
        "https://" + "?a-" * N,
        "https://?" + "token" * N,
        "?" + "access_" * N,
        "?" + "%5B" * N,
        "%3F" * N,
        "%3Ftoken%3D" * N,
        "?pass=" + "(" * N,
        "?pass=" + "(a" * N,
        "eyJaaaaaaaa." * N,
        "eyJ" + "a" * N,
        "eyJ-" * N,
        "eyJ-" * N + ".",
        "eyJ_a." * N,
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
    links.mask_credentials(text)
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
    ],
)
def test_two_articles_have_two_keys(one: str, other: str) -> None:
    assert links.article_key(one) != links.article_key(other)


@pytest.mark.parametrize(
    ("link", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://user:word@News.Example.co.uk:8443/", "example.co.uk"),
        ("https://a.b.example.com./x", "example.com"),
        ("https://www.example.com", "example.com"),
        ("https://writer.substack.com/p/x", "writer.substack.com"),
        ("https://www.substack.com", "substack.com"),
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
