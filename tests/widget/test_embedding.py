"""How the widget sits on a clinic's page: strict CSP, another origin, no request to anybody else, one small file."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.browser.chromium import WIDGET

from .chat import ChatOnPage
from .conftest import OpenPage

BUDGET = 30 * 1024


def test_the_bundle_is_one_small_file_without_eval() -> None:
    files = [path.name for path in (WIDGET / "dist").iterdir()]
    assert files == ["marrow-widget.js"]
    source = (WIDGET / "dist" / "marrow-widget.js").read_bytes()
    assert len(gzip.compress(source, 9)) <= BUDGET
    assert not re.search(rb"\beval\(|new Function\(|innerHTML\s*=\s*[^=]*text|document\.write", source)


def test_no_request_leaves_the_page_s_own_origin(open_page: OpenPage, base: str) -> None:
    page = open_page()
    chat = ChatOnPage(page, base).open()
    chat.say("What is lupus?")
    chat.say("I have chest pain")
    hosts = {urlsplit(address).netloc for address in page.requested}  # type: ignore[attr-defined]
    assert hosts == {urlsplit(base).netloc}
    assert page.problems == []  # type: ignore[attr-defined]


@contextmanager
def clinic_page(html: str, policy: str) -> Iterator[str]:
    """Serves one page from an origin of its own, with a content security policy; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *parts: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_script_tag_with_data_attributes_on_another_origin_under_a_strict_policy(
    open_page: OpenPage, base: str
) -> None:
    policy = (
        f"default-src 'none'; script-src {base}; connect-src {base}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'"
    )
    html = f"""<!doctype html><html lang="en"><title>Clinic</title><link rel="icon" href="data:,">
    <body><h1>Clinic</h1>
    <script src="{base}/widget/marrow-widget.js" data-heading="Ask us" data-position="start"></script>"""
    with clinic_page(html, policy) as address:
        page = open_page(address)
        chat = ChatOnPage(page, base)
        expect(chat.launcher).to_have_accessible_name("Ask us")
        assert chat.launcher.bounding_box()["x"] < 100  # type: ignore[index]
        chat.open()
        chat.say("What is lupus?")
        expect(chat.log).to_contain_text("Well established")
        colour = chat.host.locator(".header").evaluate("element => getComputedStyle(element).backgroundColor")
        assert colour == "rgb(11, 90, 99)"
        icon_only = [line for line in page.problems if "data:," not in line]  # type: ignore[attr-defined]
        assert icon_only == []


def test_custom_properties_and_attributes_change_the_look(open_page: OpenPage, base: str) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            const element = document.querySelector('marrow-chat');
            element.style.setProperty('--marrow-accent', 'rgb(70, 40, 90)');
            element.setAttribute('heading', 'Our clinic');
        }"""
    )
    chat = ChatOnPage(page, base)
    expect(chat.launcher).to_have_accessible_name("Our clinic")
    colour = chat.launcher.evaluate("element => getComputedStyle(element).backgroundColor")
    assert colour == "rgb(70, 40, 90)"


def test_a_page_without_the_script_still_says_how_to_reach_the_clinic(browser: Browser, base: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/marrow-widget.js", lambda route: route.abort())
    page.goto(base)
    expect(page.get_by_text("The chat is not available just now.")).to_be_visible()
    context.close()
