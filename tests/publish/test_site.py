import re

import pytest

from ecgbook.publish.site import faults, finish

PAGE = '<html lang="en"><head>{head}</head><body>{body}</body></html>'


@pytest.fixture
def check(tmp_path):
    def check(head="", body="", page=PAGE, **files):
        (tmp_path / "page.html").write_text(page.format(head=head, body=body))
        (tmp_path / "here.js").write_text("")
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_text(content)
        return faults(tmp_path)

    check.page = lambda: (tmp_path / "page.html").read_text()
    return check


@pytest.mark.parametrize(
    "content",
    [
        '<script src="here.js?v=1"></script>',
        '<script>const address = "https://example.org/x.js"</script>',
        '<link rel="canonical" href="https://example.org">',
        '<a href="https://example.org">out</a> <a href="#top">up</a> <a href="mailto:x@y">m</a>',
        '<img src="data:image/png;base64,AAAA" alt="A beat.">',
        '<img src="here.js" alt="">',
        '<img srcset="here.js 1x, here.js 2x" alt="">',
        '<form action="here.js"></form>',
        "<script>fetch('here.js'); image.src = 'here.js'</script>",
        """<button onclick="location.href = 'page.html'">x</button>""",
    ],
)
def test_what_a_page_may_hold(check, content):
    assert check(body=content) == []


@pytest.mark.parametrize(
    "content",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<script src="//cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="http://example.org/x.css">',
        '<img src="https://example.org/badge.svg" alt="badge">',
        '<img srcset="here.js 1x, https://example.org/b.png 2x" alt="badge">',
        '<iframe src="https://example.org"></iframe>',
        "<style>@import 'https://example.org/x.css';</style>",
        "<style>@font-face { src: url(//example.org/x.woff) }</style>",
        '<p style="background: url(https://example.org/x.png)">x</p>',
        '<script type="module">import x from "https://example.org/x.mjs"</script>',
        "<script>fetch('https://example.org/x.json')</script>",
        '<script src="javascript:load()"></script>',
        '<svg><image href="https://example.org/x.png"></image></svg>',
        '<svg><use xlink:href="//example.org/x.svg#beat"></use></svg>',
        '<meta http-equiv="Refresh" content="3; url=https://example.org">',
        '<base href="https://example.org/">',
        '<form action="https://example.org/search"></form>',
        '<iframe srcdoc="<img src=https://example.org/x.png>"></iframe>',
        '<video><track src="https://example.org/x.vtt"></video>',
        "<p style=\"background: image-set('https://example.org/x.png' 1x)\">x</p>",
        '<IMG SRC="HTTPS://EXAMPLE.ORG/x.png" alt="a beat">',
        "<script>const s = document.createElement('script'); s.src = 'https://x.org'</script>",
        "<script>image.setAttribute('src', `//example.org/x.png`)</script>",
        "<script>request.open('GET', 'https://example.org')</script>",
        "<script>new WebSocket('wss://example.org')</script>",
        """<img src="here.js" alt="" onerror="fetch('https://example.org')">""",
        """<a href="javascript:fetch('https://example.org')">x</a>""",
    ],
)
def test_what_loads_from_elsewhere_is_found(check, content):
    (fault,) = check(body=content)
    assert "from another host" in fault


def test_a_style_sheet_that_loads_from_elsewhere_is_found(check):
    (fault,) = check(x_css="@font-face { src: url('https://example.org/x.woff') }")
    assert fault == "x.css: loads a style or font from another host"


@pytest.mark.parametrize("tag", ['<img src="no.png" alt="x">', '<a href="no.html#part">x</a>'])
def test_what_leads_nowhere_is_found(check, tag):
    (fault,) = check(body=tag)
    assert "leads nowhere" in fault


def test_images_need_alt_text_and_pages_a_language(check):
    assert check(body='<img src="here.js">') == ["page.html: 1 images without alt text"]
    named_as_file = '<img src="here.js" alt="../_images/1234.png">'
    assert check(body=named_as_file) == ["page.html: 1 images without alt text"]
    assert check(page="<html><body></body></html>") == ["page.html: says no language"]


def test_every_page_tells_the_browser_to_load_from_nowhere_else(tmp_path, check):
    check()
    finish(tmp_path)
    (policy,) = re.findall("<meta http-equiv=.Content-Security-Policy.[^>]*>", check.page())
    assert "default-src 'self'" in policy
    assert "http" not in policy.replace("http-equiv", "")
    assert "script-src" not in policy, "what is not named falls back to default-src"
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("it is 0.89 (.83–.94).", "0.89 (.83–.94)"),
        ("it is 99.76 % (99.63–99.87)", "99.76 % (99.63–99.87)"),
        ("it is −0.002 (−.021 to .024)", "−0.002 (−.021 to .024)"),
        ("it is 1,234 ms (1,200–1,300)", "1,234 ms (1,200–1,300)"),
    ],
)
def test_a_number_stays_with_its_interval(tmp_path, check, text, kept):
    check(body=f'<p title="0.89 (.83–.94)">{text}</p><pre>{text}</pre>')
    finish(tmp_path)
    assert f'<p title="0.89 (.83–.94)">it is <span class="number">{kept}</span>' in check.page()
    assert f"<pre>{text}</pre>" in check.page()


def test_text_without_a_number_is_left_alone(tmp_path, check):
    check(body="<p>figure 3 (see chapters 1–4), 12 leads (V1–V6)</p>")
    finish(tmp_path)
    assert 'class="number"' not in check.page()


def test_nothing_is_asked_for_twice(tmp_path, check):
    check(head='<link rel="preload" as="font" href="here.js" crossorigin="anonymous">')
    finish(tmp_path)
    assert "preload" not in check.page()
