"""What stands before every view: headers, where a change may come from, and HEAD."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response

from trimestre import texts
from trimestre.web.answers import refusal, unexpected

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse a change that another site asks for, answer every error, and set the headers of every answer."""
    if request.method not in _SAFE and is_foreign(request):
        response = refusal(request, 403, texts.PAGE["foreign"])
    else:
        try:
            response = await call_next(request)
        except Exception as error:  # whatever it is, its text goes nowhere
            response = unexpected(request, error)
    if request.url.path.startswith(f"{request.scope.get('root_path', '')}/static/") and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=300"  # it says nothing about anybody
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def is_foreign(request: Request) -> bool:
    """Whether a browser sends a request on behalf of another site.

    Browsers say where a request comes from; a cookie without a word of it is no browser's request that we know.
    """
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc != request.headers.get("host")
        except ValueError:  # no address at all
            return True
    return "cookie" in request.headers


class HeadAsGet:
    """Answers HEAD as GET without its body (ASGI): nobody has to write a view twice."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request over."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Any) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)
