"""What no line of the package may do, so that no attack has to be thought of: looked for in all of it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("src/trimestre", "dags", "plugins") for path in (ROOT / folder).rglob("*.py"))
TEMPLATES = ROOT / "src" / "trimestre" / "web" / "templates"

BANNED_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "tempfile.mktemp", "yaml.unsafe_load",
    "yaml.full_load", "yaml.load_all", "subprocess.getoutput", "etree.parse", "ElementTree.parse", "minidom.parse",
}  # fmt: skip
BANNED_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "jsonpickle", "telnetlib", "ftplib"}


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_of_others_is_run_and_no_safeguard_is_switched_off(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & BANNED_MODULES
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in BANNED_MODULES
    for name, call in calls(tree):
        assert name not in BANNED_CALLS, name
        said = {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert said.get("shell", "False") == "False", name
        assert said.get("verify", "True") != "False", name
        assert said.get("resolve_entities", "False") == "False", name
        assert said.get("huge_tree", "False") == "False", name
        assert said.get("allow_redirects", "False") == "False", name
        if name == "yaml.load":
            assert "Loader" in said or path.name == "target_files.py", "ruamel's round trip makes no objects"
        if name.endswith(("etree.fromstring", "etree.XML")):
            assert "XMLParser" in ast.unparse(call), "a parser that resolves no entities"
        if name.endswith(".render") and "DocxTemplate" in path.read_text(encoding="utf-8"):
            assert "nvironment" in ast.unparse(call), "templates of Word are rendered in the sandbox"


def test_templates_of_the_page_escape_everything() -> None:
    found = list(TEMPLATES.glob("*.html"))
    assert len(found) > 10
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|<script|\son\w+\s*=|javascript:", text, re.IGNORECASE), path.name
    trusted = {
        path.relative_to(ROOT / "src/trimestre").as_posix()
        for path in FILES
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if name.rpartition(".")[2] == "Markup" and call.args
    }
    # The chart's SVG and the commands of our own sentences: both escaped where they are made.
    assert trusted == {"web/board.py", "web/context.py"}


def test_one_module_alone_speaks_http_to_other_machines() -> None:
    """Each call then goes by ``sources/http.py``: no redirect, no cloud's own address, no address in a message."""
    users = {
        path.relative_to(ROOT / "src/trimestre").as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and {a.name.partition(".")[0] for a in node.names} & {"requests", "httpx"})
        or (isinstance(node, ast.ImportFrom) and node.module in {"requests", "httpx", "urllib.request"})
    }
    speaking = {
        name
        for name in users
        for said, _ in calls(ast.parse((ROOT / "src/trimestre" / name).read_text(encoding="utf-8")))
        if re.fullmatch(r"(requests|httpx)\.(get|post|put|request|Session|Client)", said) or said == "urlopen"
    }
    # To the Airflow of this machine, on 127.0.0.1.
    assert speaking == {"orchestration/rest.py"}, "use HttpSession"


REGULAR = """
import importlib, pkgutil, re, resource, sys
import trimestre
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # what takes longer would take a night
found = {}
for module in pkgutil.walk_packages(trimestre.__path__, "trimestre."):
    if ".orchestration" in module.name or ".simulators" in module.name:
        continue
    for name, value in vars(importlib.import_module(module.name)).items():
        if isinstance(value, re.Pattern):
            found[value.pattern, value.flags] = (f"{module.name}.{name}", value)
seeds = ["a", " ", "0", "(", "a(", "()", "@", "a@", "<", "<c", "<p ", "{{", "-", ".", "a.", "1,", "x y ", "1 de ",
         "_", "<!--", "\\t\\n", "A1", ": ", "'s ", "[", "[]", "de ", "GMT+"]
size = int(sys.argv[1])
for where, pattern in found.values():
    for seed in seeds:
        text = (seed * size)[:size]
        for given in (text + "!", "a" + text, text + "\\x00", "<c><f" + text):
            print(where, repr(seed), file=sys.stderr)
            given = given.encode() if isinstance(pattern.pattern, bytes) else given
            pattern.search(given), pattern.match(given), pattern.fullmatch(given)
print(len(found))
"""


def test_no_regular_expression_of_ours_can_be_made_to_take_a_night() -> None:
    """Whatever people type: an expression that backtracks again and again ends the process, and the test names it."""
    done = subprocess.run([sys.executable, "-c", REGULAR, "2500"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:].splitlines()[-1]
    assert int(done.stdout) > 60
