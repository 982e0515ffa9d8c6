"""Paths of the document end in a slash; without it they mean the same. There is no redirect: it
would be to the address of the Host header, and a body would be sent twice."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter


def add_route(
    router: APIRouter, method: str, path: str, endpoint: Callable[..., Any], **options: Any
) -> None:
    """An endpoint at `path`, which ends in a slash, and at the same without."""
    router.add_api_route(path, endpoint, methods=[method], **options)
    bare = path.removesuffix("/")
    router.add_api_route(bare, endpoint, methods=[method], include_in_schema=False, **options)
