"""`/docs` and `/redoc`: pages about the interface that load nothing from elsewhere.

Their scripts come with the package fastapi-offline, which is taken for its files alone. No script
stands in the pages themselves, so that their Content-Security-Policy need not allow any.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src blob:; "
    # Both programs make style sheets and pictures while they run.
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY}
_KEPT = {"Cache-Control": "public, max-age=3600"}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>booking-engine</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
{body}
<noscript>
This page needs JavaScript. What it shows is <a href="openapi.json">openapi.json</a>.
</noscript>
</body>
</html>
"""
_DOCS = _PAGE.format(
    head='<link rel="stylesheet" href="docs/assets/swagger-ui.css">',
    body="""<div id="docs"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>""",
)
_REDOC = _PAGE.format(
    head="<style>body { margin: 0 }</style>",
    body="""<redoc spec-url="openapi.json"></redoc>
<script src="docs/assets/redoc.standalone.js"></script>""",
)
# Without the validator, which would send the address of this server to strangers.
_START = """SwaggerUIBundle({
  dom_id: "#docs",
  url: "openapi.json",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""

Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"]


@router.get("/docs")
async def docs() -> HTMLResponse:
    """Every operation, to read and to try."""
    return HTMLResponse(_DOCS, headers=_HEADERS)


@router.get("/redoc")
async def redoc() -> HTMLResponse:
    """Every operation, to read."""
    return HTMLResponse(_REDOC, headers=_HEADERS)


@router.get("/docs/assets/start.js")
async def start() -> Response:
    """Makes the page of `/docs`."""
    return Response(_START, media_type="text/javascript", headers=_KEPT)


@router.get("/docs/assets/{name}")
async def asset(name: Asset) -> FileResponse:
    """A script or style sheet of the two programs."""
    return FileResponse(_folder() / name, headers=_KEPT)


def _folder() -> Path:
    """Of the package's files. Found without importing it: it patches an app of its own together."""
    spec = find_spec("fastapi_offline")
    assert spec is not None  # noqa: S101 - pyproject.toml requires it
    assert spec.origin is not None  # noqa: S101 - it is an ordinary package
    return Path(spec.origin).parent / "static"
