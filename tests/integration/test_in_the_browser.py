"""The page in Chromium, served and guarded by a real Airflow: what a person sees, clicks and is refused.

After ``test_close_in_airflow.py``, whose Airflow and closed quarter it takes; alone it closes the quarter itself. The
test that puts HTML into names is the last, since the pictures of the guide are made by those before it.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from browser import HEIGHT, SCHEMES, WIDTH, Visit, chromium, needs_chromium
from office import APPROVER, PREPARER, READER, Office
from playwright.sync_api import Browser

from trimestre import texts
from trimestre.indicators.explaining import explain
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

pytestmark = needs_chromium

PAGE = "/trimestre"
VIEWS = {
    "tablero": "/",
    "indicador": "/indicador/L2-01",
    "registros": "/indicador/L2-01/registros",
    "calidad": "/calidad",
    "retenidos": "/calidad/retenidos",
    "personas": "/calidad/personas",
    "lote": "/calidad/lote/{batch}",
    "cierre": "/cierre",
    "comparar": "/cierre/comparar?trimestre=2020-Q2",
    "documentos": "/documentos?trimestre=2020-Q2",
    "capturar": "/capturar",
}
"""Name of a picture -> the view; ``batch`` is the newest one."""
PHONE = 390
HTML = "<img src=x onerror=alert(1)>"

Enter = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not longer than this file: Playwright's event loop is in the way of others'."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def closed(browser: Browser, office: Office) -> Office:
    """The office with 2020-Q2 published and a night with news of it."""
    office.closed()
    office.later_night()
    return office


@pytest.fixture(scope="module")
def views(closed: Office) -> dict[str, str]:
    """Name of a picture -> the view."""
    batch = closed.here.value("SELECT max(batch_id) FROM ops.batch")
    return {name: path.format(batch=batch) for name, path in VIEWS.items()}


@pytest.fixture(scope="module")
def logins(browser: Browser, closed: Office) -> dict[str, object]:
    """What a browser keeps of the login of each user, made when it is first asked for."""
    return {}


@pytest.fixture
def enter(browser: Browser, closed: Office, logins: dict[str, object]) -> Iterator[Enter]:
    """``enter(APPROVER)``: a browser where somebody is logged in; ``enter(None)``: nobody is."""
    with ExitStack() as stack:

        def visit(user: str | None = APPROVER, *, javascript: bool = True) -> Visit:
            if user and user not in logins:
                first = visit(None)
                log_in(first, closed, user, "/")
                logins[user] = first.context.storage_state()
            context = browser.new_context(
                storage_state=logins[user] if user else None,  # type: ignore[arg-type]
                java_script_enabled=javascript,
                locale="es-MX",
                timezone_id="America/Mexico_City",
                viewport={"width": WIDTH, "height": HEIGHT},
                accept_downloads=True,
            )
            stack.callback(context.close)
            return Visit(context, closed.airflow.url)

        yield visit


def log_in(visit: Visit, office: Office, user: str, path: str) -> None:
    """Ask for a view, and log in through Airflow's form, which it leads to."""
    visit.open(path)
    visit.page.fill("input[name=username]", user)
    visit.page.fill("input[name=password]", office.passwords[user])
    visit.page.locator("button[type=submit]").click()
    visit.page.wait_for_url(f"{visit.root}{PAGE}{path}")


def test_a_stranger_gets_airflows_login_and_nothing_of_the_project(enter: Enter, views: dict[str, str]) -> None:
    visit = enter(None)
    for path in (*views.values(), "/capturar/libro/narrativa.xlsx", "/indicador/L2-01/registros.csv"):
        for_a_browser = visit.get(PAGE + path, headers={"accept": "text/html"}, max_redirects=0)
        assert for_a_browser.status == 303, path
        assert for_a_browser.headers["location"].startswith("/auth/login?next="), path
        for_others = visit.get(PAGE + path)
        assert (for_others.status, list(for_others.json())) == (401, ["detail"]), path
    visit.open("/")
    assert urlsplit(visit.page.url).path == "/auth/login"


def test_the_login_leads_back_to_the_view_that_was_asked_for(enter: Enter, closed: Office) -> None:
    visit = enter(None)
    log_in(visit, closed, PREPARER, "/calidad")
    assert visit.heading() == "Calidad"
    assert "admin · administración" in visit.page.locator(".who").inner_text()


def test_the_page_stands_in_airflows_menu_and_leads_back(enter: Enter) -> None:
    visit = enter()
    visit.page.goto(f"{visit.root}/")
    visit.page.get_by_role("button", name="Navegar").click()
    with visit.context.expect_page() as opened:
        visit.page.get_by_role("menuitem", name="Trimestre").click()
    page = opened.value
    page.get_by_role("heading", level=1, name="Tablero de 2020-Q2").wait_for()
    assert page.evaluate("window.top === window.self"), "in a frame, links to Airflow's forms are stopped"
    page.get_by_role("link", name="Volver a Airflow").click()
    page.wait_for_url(f"{visit.root}/", wait_until="commit")


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_whole_readable_by_everybody_and_fits_a_phone(enter: Enter, views: dict[str, str], name: str) -> None:
    visit = enter()
    response = visit.open(views[name])
    assert response.status == 200
    assert visit.heading()
    assert visit.page.locator("[aria-current=page]").count() == 1, "the menu says where one is"
    for scheme in SCHEMES:
        assert visit.inaccessible(scheme) == [], scheme
    visit.picture(name)
    visit.page.set_viewport_size({"width": PHONE, "height": 844})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    pictures = "[...document.images].map(image => image.decode().then(() => '', () => image.src))"
    assert not any(visit.page.evaluate(f"Promise.all({pictures})")), "charts that can't be shown"
    assert visit.troubles == []


def test_without_javascript_every_link_leads_somewhere(enter: Enter, closed: Office, views: dict[str, str]) -> None:
    visit = enter(javascript=False)
    found: set[str] = set()
    for path in views.values():
        assert visit.open(path).status == 200
        found |= visit.links()
    own = {path for path in found if path.startswith(PAGE)}
    assert {PAGE + path.partition("?")[0] for path in views.values()} <= {path.partition("?")[0] for path in own}
    # One address of each path: its other queries are other quarters and pages of the same view.
    for path in {path.partition("?")[0]: path for path in sorted(own)}.values():
        assert visit.get(path, headers={"accept": "text/html"}).status == 200, path
    for path in found - own:
        dag = re.fullmatch(r"/dags/(\w+)", path)
        assert path in ("/", "/required_actions?response_received=false") or dag, path
        if dag:
            assert closed.airflow.request("GET", path)["dag_id"] == dag[1]
    assert visit.troubles == []


def test_a_figure_opens_to_its_rows_in_two_clicks(enter: Enter) -> None:
    visit = enter(javascript=False)
    visit.open("/")
    visit.follow(visit.page.get_by_role("link", name="L2-01"))
    assert visit.heading().startswith("L2-01")
    visit.follow(visit.page.get_by_role("link", name="Ver los registros de respaldo"))
    assert visit.heading() == "Registros de respaldo de L2-01"
    assert visit.page.locator("main tbody tr").count() > 20
    assert "@" not in visit.page.locator("main").inner_text(), "rows are pseudonymous"


def test_the_keyboard_skips_to_the_content(enter: Enter) -> None:
    visit = enter()
    visit.open("/")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    assert visit.page.locator(".skip").is_visible()
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "content"


def test_a_document_is_downloaded_as_it_was_written(enter: Enter) -> None:
    visit = enter(javascript=False)
    visit.open("/documentos?trimestre=2020-Q2")
    links = visit.page.locator("main table a[download]")
    if not links.count():
        visit.follow(visit.page.locator("form.bring button").first)
        assert "Archivos escritos" in visit.page.get_by_role("status").inner_text()
        visit.picture("documentos")
    rows = visit.page.locator("main table").first.locator("tbody tr")
    assert set(rows.locator("th").all_inner_texts()) == set(texts.DOCUMENT_NAMES.values())
    for row in rows.all():
        with visit.page.expect_download() as download:
            row.locator("a[download]").click()
        content = Path(download.value.path()).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.locator("code").inner_text()
        assert download.value.suggested_filename == row.locator("a[download]").inner_text()
    assert visit.troubles == []


def test_a_workbook_goes_out_comes_back_and_counts_when_it_is_taken(enter: Enter, tmp_path: Path) -> None:
    visit = enter(javascript=False)
    bring_back(visit, tmp_path / "narrativa.xlsx", "Se acordó con la contraparte abrir una edición más.")
    changes = visit.page.get_by_role("region", name="Qué cambiaría").locator("tbody tr")
    assert changes.count() == 1
    assert "abrir una edición más" in changes.inner_text()
    visit.picture("captura")
    visit.follow(visit.page.get_by_role("button", name="Tomar"))
    assert visit.page.get_by_role("status").inner_text().startswith("Tomada por coordinacion")
    again = visit.get(f"{PAGE}/capturar/libro/narrativa.xlsx?trimestre=2020-Q3").body()
    sheet = openpyxl.load_workbook(io.BytesIO(again))[texts.WORKBOOKS["narrativa"]["sheet"]]
    assert "abrir una edición más" in str([cell.value for row in sheet.iter_rows() for cell in row])
    assert visit.troubles == []


def test_a_viewer_reads_figures_and_is_refused_rows_and_uploads_in_spanish(enter: Enter, views: dict[str, str]) -> None:
    visit = enter(READER)
    for name in ("tablero", "indicador", "calidad", "lote", "cierre", "comparar", "documentos"):
        assert visit.open(views[name]).status == 200
        seen = visit.page.content()
        assert not re.search(r"/registros|/capturar|/calidad/retenidos|account_key|person_key", seen), name
    assert "400" in visit.page.goto(f"{visit.root}{PAGE}/").text()  # type: ignore[union-attr]
    assert visit.page.get_by_role("link", name="Capturar").count() == 0
    for path in ("/indicador/L2-01/registros", "/indicador/L2-01/registros.csv", "/capturar", "/calidad/retenidos"):
        assert visit.open(path).status == 403, path
        assert visit.heading() == "No permitido"
        assert "Su usuario no puede ver esto" in visit.page.locator("main").inner_text()
    assert visit.inaccessible("light") == []
    file = {"name": "a.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK"}
    sent = visit.context.request.post(
        f"{visit.root}{PAGE}/capturar/libro/narrativa", multipart={"archivo": file}, headers={"origin": visit.root}
    )
    assert sent.status == 403


def test_names_that_hold_html_are_shown_as_text_and_do_nothing(enter: Enter, closed: Office, tmp_path: Path) -> None:
    framework = closed.here.folder / "project" / "framework"
    for file, name in (
        ("institutions/federales.yaml", "Secretaría de la Función Pública"),
        ("courses/etica-integridad.yaml", "Nueva Ética e Integridad en el Servicio Público, primera edición (SFP)"),
    ):
        written = (framework / file).read_text()
        assert f"name: {name}\n" in written
        (framework / file).write_text(written.replace(f"name: {name}\n", f"name: '{name} {HTML}'\n"))
    with transaction(closed.plant.engine) as connection:
        explain(connection, closed.plant.project, "L2-01", Period(2020, 3), f"Se pospuso {HTML}", APPROVER)
    visit = enter()
    for path in ("/?trimestre=2020-Q3&version=preliminar", "/indicador/L2-01?trimestre=2020-Q2&version=preliminar"):
        assert visit.open(path).status == 200
        assert HTML in visit.page.locator("main").inner_text(), path

    bring_back(visit, tmp_path / "narrativa.xlsx", f"Con la contraparte {HTML}")
    assert HTML in visit.page.get_by_role("region", name="Qué cambiaría").inner_text()
    assert visit.troubles == []
    bring_back(visit, tmp_path / f"{HTML}.xlsx", "Otra vez")
    assert HTML in visit.page.get_by_role("alert").inner_text()
    assert [trouble for trouble in visit.troubles if "status of 422" not in trouble] == []


def bring_back(visit: Visit, path: Path, text: str) -> None:
    """Download the narrative, type a paragraph into the last cell that is free for one, and upload it for review."""
    visit.open("/capturar")
    card = visit.page.get_by_role("article", name=texts.WORKBOOKS["narrativa"]["name"])
    card.get_by_label("Trimestre").select_option("2020-Q3")
    with visit.page.expect_download() as download:
        card.get_by_role("button", name="Descargar").click()
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    cells = [cell for row in book[texts.WORKBOOKS["narrativa"]["sheet"]].iter_rows(min_row=3) for cell in row]
    [cell for cell in cells if not cell.protection.locked and cell.value is None][-1].value = text
    book.save(path)
    card.locator("input[type=file]").set_input_files(path)
    visit.follow(card.get_by_role("button", name="Revisar el libro"))
