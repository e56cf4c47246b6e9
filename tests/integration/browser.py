"""A visitor of the page in Chromium, who notices what every test would have to look for.

Data flow: address -> page as a browser shows it -> what went wrong (console, requests to elsewhere, axe), pictures.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WIDTH, HEIGHT, CUT = 1280, 900, 1600
SCHEMES = ("light", "dark")
SECONDS = 60
COLOURS = "48"
"""So few are enough for a page of text, and keep a picture below 150 kB."""

AXE = next(Path(folder) / "axe.min.js" for folder in axe_playwright_python.__path__).read_text()
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""What of axe looks at colours, which is all that differs in the dark."""
FOUND_BY_AXE = """axe.run({resultTypes: ['violations'], ...given}).then(found => found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes[0].html.slice(0, 200)} ${one.nodes[0].failureSummary}`))"""


def chromium_path() -> str | None:
    """The system's Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


needs_chromium = pytest.mark.skipif(
    chromium_path() is None and not os.environ.get("TRIMESTRE_REQUIRE_BROWSER"),
    reason=f"browser: found none of {', '.join(NAMES)} on the PATH, expected one. Install Chromium.",
)
"""Without a browser tests are skipped; where TRIMESTRE_REQUIRE_BROWSER is set they fail."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, running."""
    found = chromium_path()
    assert found, f"found none of {', '.join(NAMES)} on the PATH, although TRIMESTRE_REQUIRE_BROWSER is set"
    # Root can't have Chromium's sandbox, and tests in containers run as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One browser with a login (or none) of its own."""

    context: BrowserContext
    root: str
    """Address of Airflow, without a slash at its end."""
    troubles: list[str] = field(default_factory=list)
    """What the console said, what failed, and what was asked of another server."""

    def __post_init__(self) -> None:
        self.context.set_default_timeout(SECONDS * 1000)
        self.context.on("request", self._look_at)
        self.context.on("console", lambda said: self._note(said.text, wrong=said.type in ("error", "warning")))
        self.context.on("weberror", lambda error: self._note(str(error.error)))
        self.context.on("dialog", lambda dialog: (self._note(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page: Page = self.context.new_page()

    def open(self, path: str) -> Response:
        """Go to a view of the page."""
        response = self.page.goto(f"{self.root}/trimestre{path}")
        assert response
        return response

    def follow(self, link: Locator) -> None:
        """Click what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            link.click()

    def get(self, path: str, **more: Any) -> Any:
        """A request with this browser's login, without showing what comes."""
        return self.context.request.get(f"{self.root}{path}", **more)

    def heading(self) -> str:
        """The one h1."""
        headings = self.page.locator("h1").all_inner_texts()
        assert len(headings) == 1, headings
        return headings[0]

    def links(self) -> set[str]:
        """Paths of the page's links, with their queries."""
        found: list[str] = self.page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        return {path.partition("#")[0] for path in found if not path.startswith("#")}

    def inaccessible(self, scheme: str) -> list[str]:
        """What axe finds serious or critical, in light or (as to colours) dark."""
        dark = scheme == "dark"
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        given = {"runOnly": OF_COLOURS} if dark else {}
        found: list[str] = self.page.evaluate(f"given => {{ {AXE}; return {FOUND_BY_AXE} }}", given)
        return found

    def picture(self, name: str) -> None:
        """Write pictures, light and dark, into the folder of TRIMESTRE_SCREENSHOTS; nothing without it."""
        folder = os.environ.get("TRIMESTRE_SCREENSHOTS")
        if not folder:
            return
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            height = min(CUT, max(HEIGHT, self.page.evaluate("document.documentElement.scrollHeight")))
            path = Path(folder) / f"{name}-{scheme}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(
                path=path,
                full_page=True,
                clip={"x": 0, "y": 0, "width": WIDTH, "height": height},
                animations="disabled",
            )
            if shutil.which("pngquant"):
                command = ["pngquant", "--force", "--nofs", "--strip", "--speed", "1", "--output", path, COLOURS, path]
                subprocess.run(command, check=True)

    def _look_at(self, request: Any) -> None:
        there, here = urlsplit(request.url), urlsplit(self.root)
        own = there.scheme in ("data", "blob") or (there.scheme, there.netloc) == (here.scheme, here.netloc)
        self._note(f"request to {request.url}", wrong=not own)

    def _note(self, trouble: str, *, wrong: bool = True) -> None:
        if wrong:
            self.troubles.append(trouble)
