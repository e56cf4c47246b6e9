"""The documentation as a site: every page is in it, every link leads somewhere, nothing comes from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FETCHED = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)="?(?:https?:)?//(?!localhost)[^">]*')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a page that is not in the menu and a link that leads nowhere fail it."""
    to = tmp_path_factory.mktemp("docs") / "site"
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(to)],
        cwd=ROOT,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin", "HOME": str(to.parent)},
        check=True,
        capture_output=True,
        text=True,
    )
    return to


def test_every_page_of_the_documentation_is_in_the_site(site: Path) -> None:
    """A page that is left out can't be found by whoever needs it at night."""
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")} - {Path("404")}
    assert {Path("adr/index") if page == Path("adr/README") else page for page in pages} == built


def test_reading_the_documentation_tells_nobody_else(site: Path) -> None:
    """No font, script or picture comes from elsewhere: it is read where there is no internet."""
    assert {path.name: found for path in site.rglob("*.html") if (found := FETCHED.findall(path.read_text()))} == {}


def test_a_commit_is_checked_by_the_tools_that_ci_uses() -> None:
    """Each tool of `make lint` is a hook, and each hook calls a tool that an installation has."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    called = {match for hook in hooks for match in re.findall(r"\.venv/bin/([\w-]+)", hook["entry"])}
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert set(re.findall(r"\$\(BIN\)/([\w-]+)", lint)) <= called
    assert {name for name in called if not (Path(sys.executable).parent / name).exists()} == set()


def test_make_help_explains_every_target() -> None:
    """Whoever types `make` sees what there is to type."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert targets <= set(re.findall(r"make ([a-z-]+)", told))
