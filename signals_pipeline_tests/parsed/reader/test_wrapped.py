"""Which link another one wraps, and which links do not say where they lead."""

import time

import pytest

from signals_pipeline.parsed.reader.wrapped import MAX_WRAPPERS, target


@pytest.mark.parametrize(
    ("link", "wrapped"),
    [
        # Caches
        ("https://www-kelp-example.cdn.ampproject.org/c/s/www.kelp.example/x", "https://www.kelp.example/x"),
        ("https://cdn.ampproject.org/v/kelp.example/x?amp_js_v=0.1", "https://kelp.example/x?amp_js_v=0.1"),
        ("https://www.google.co.uk/amp/s/kelp.example/x", "https://kelp.example/x"),
        ("https://kelp-example.bing-amp.com/c/s/kelp.example/x", "https://kelp.example/x"),
        (
            "https://webcache.googleusercontent.com/search?q=cache:aB1-c:https://kelp.example/x",
            "https://kelp.example/x",
        ),
        # Archives
        (
            "https://web.archive.org/web/20230102030405/https://kelp.example/x?b=1",
            "https://kelp.example/x?b=1",
        ),
        ("http://web.archive.org/web/2023if_/kelp.example/x", "https://kelp.example/x"),
        ("https://archive.org/web/2023*/http:/kelp.example/x", "https://kelp.example/x"),
        ("https://archive.ph/2023.01.02-030405/https://kelp.example/x", "https://kelp.example/x"),
        ("https://tides.example/wayback/2023/HTTP://kelp.example/x", "https://kelp.example/x"),
        # Translations
        ("https://kelp-example.translate.goog/x?_x_tr_sl=fr", "https://kelp.example/x?_x_tr_sl=fr"),
        ("https://sea--weed-kelp-example.translate.goog/", "https://sea-weed.kelp.example/"),
        ("https://translate.google.com/translate?sl=fr&u=https://kelp.example/x", "https://kelp.example/x"),
        ("https://translate.yandex.com/translate?URL=https%3A%2F%2Fkelp.example", "https://kelp.example"),
        # Redirects that carry their target
        (
            "https://www.google.com/url?sa=t&q=https://kelp.example/x%3Fb%3D1&usg=a",
            "https://kelp.example/x?b=1",
        ),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fkelp.example%2Fx&h=a", "https://kelp.example/x"),
        ("https://www.youtube.com/redirect?event=a&q=https%3A%2F%2Fkelp.example", "https://kelp.example"),
        ("https://kelp.us5.list-manage.com/track/click?url=https://kelp.example/x", "https://kelp.example/x"),
        ("https://href.li/?https://kelp.example/x?b=1&c=2", "https://kelp.example/x?b=1&c=2"),
        (
            "https://a1b.awstrack.me/L0/https:%2F%2Fkelp.example%2Fx%3Fb=1/1/0100-ab/c=2",
            "https://kelp.example/x?b=1",
        ),
        ("https://urldefense.com/v3/__https://kelp.example/x__;!!aB!c$", "https://kelp.example/x"),
        ("https://open.substack.com/pub/kelp/p/tides", "https://kelp.substack.com/p/tides"),
        # One in the other
        (
            "https://web.archive.org/web/2023/https://tides.example/?url=https%3A%2F%2Fkelp.example%2Fx",
            "https://kelp.example/x",
        ),
        # Without a scheme
        ("//kelp.example/x", "https://kelp.example/x"),
        ("www.kelp.example/x", "https://www.kelp.example/x"),
    ],
)
def test_a_wrapped_link_leads_to_what_is_read(link: str, wrapped: str) -> None:
    assert target(link) == wrapped


@pytest.mark.parametrize(
    "link",
    [
        "https://bit.ly/3aBc",
        "https://t.co/aBc?amp=1",
        "https://kelp.trib.al/aBc",
        "https://kelp.us5.list-manage.com/track/click?u=ab12&id=cd34",
        "https://mail.kelp.example/Track/Click?u=ab12",
        "https://u12.ct.sendgrid.net/ls/click?upn=ab",
        "https://link.mail.beehiiv.com/ss/c/u001.ab/4/cd",
        "https://link.kelp.example/click/12.34/aHR0cHM6",
        "https://email.mg.kelp.example/c/eJwlab",
        "https://click.e.kelp.example/?qs=0a1b2c",
        "https://substack.com/redirect/2/eyJlIjoi",
        "https://kelp.substack.com/redirect/0a1b-2c3d?j=eyJ1",
        "https://kelp.example/redirect.php?id=4",
        "https://www.google.com/url?sa=t&rct=j",
        "https://archive.ph/aBc12",
        "https://web.archive.org/web/2023/https://bit.ly/3aBc",
    ],
)
def test_a_link_that_does_not_carry_its_target_leads_nowhere(link: str) -> None:
    assert target(link) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://kelp.example/x?utm_source=a",
        "https://www.google.com/search?q=kelp+forest",
        "https://kelp.example/search?q=https",
        "https://kelp.example/?url=javascript:alert(1)",
        "https://kelp.example/?url=%2Fx",
        "https://kelp.example/?url=https%3A%2F%2F%00tides.example",
        "https://kelp.example/?url=https%3A%2F%2Ftides.example%0A",
        "https://kelp.example/?url=https%253A%252F%252Ftides.example",
        "https://kelp.example/?u=https://",
        "https://kelp.example/?from=https://tides.example",
        "https://kelp.example/http/https-for-all",
        "https://kelp.example/on-redirects/click-here",
        "https://github.com/kelp/redirect",
        "https://link.springer.com/article/10.1/kelp",
        "https://click.palletsprojects.com/en/8.1.x/",
        "https://web.archive.org/web/20230102030405/",
        "https://notbit.ly/3aBc",
        "mailto:a@kelp.example",
        "http://[::1/x",
        "kelp",
        "",
    ],
)
def test_any_other_link_leads_to_itself(link: str) -> None:
    assert target(link) == link


def test_what_is_escaped_is_resolved_once() -> None:
    link = "https://tides.example/?url=https%3A%2F%2Fkelp.example%2F100%2525%3Fb%3Dcaf%25C3%25A9"
    assert target(link) == "https://kelp.example/100%25?b=caf%C3%A9"
    assert (
        target("https://tides.example/?url=https%3A%2F%2Fkelp.example%2Fcaf%E9")
        == "https://kelp.example/café"
    )


def test_wrappers_are_followed_up_to_a_bound() -> None:
    wrapper = "https://tides.example/wayback/1/"
    assert target(wrapper * MAX_WRAPPERS + "https://kelp.example/x") == "https://kelp.example/x"
    assert target(wrapper * (MAX_WRAPPERS + 1) + "https://kelp.example/x") is None


N = 100_000


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/?url=" * N,
        "https://web.archive.org/web/1/" * N,
        "https://" + "a." * N + "example/http",
        "https://a.example/" + "/redirect" * N,
        "https://a.example/?" + "http&" * N,
        "https://a.example/" + "https:%2F" * N,
        "https://a.example/?url=" + "%25" * N + "http",
        "https://urldefense.com/v3/__" + "_;" * N,
        "https://a.cdn.ampproject.org/" + "c/s/" * N,
        "https://" + "-" * N + ".translate.goog/",
        "https://clicks." + "a." * N + "/?",
    ],
    ids=lambda link: link[:30],
)
def test_hostile_links_are_followed_in_linear_time(link: str) -> None:
    start = time.process_time()
    target(link)
    assert time.process_time() - start < 2
