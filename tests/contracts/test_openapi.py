"""The OpenAPI document, and whether the server does what it says, whatever it is sent.

This complements the tests written by hand: what is generated finds crashes and wrong shapes, seldom
wrong answers.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from booking_core.domain.accounts import Role
from tests.support.api_doors import TABLE
from tests.support.api_scene import Scene, set_scene
from tests.support.api_shop import Caller, Shop, open_shop

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BASE = "http://booking.test"
Case = schemathesis.Case[Any]


@dataclass(frozen=True)
class Lab:
    """A shop on an event loop of its own, for tests that are not asynchronous."""

    shop: Shop
    portal: BlockingPortal
    schema: Any

    def operation(self, method: str, template: str) -> APIOperation[Any, Any, Any, Any]:
        found: APIOperation[Any, Any, Any, Any] = self.schema[template][method]
        return found

    def send(self, case: Case, who: Caller) -> httpx.Response:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        headers = {**prepared.headers, **who.headers}
        answer: httpx.Response = self.portal.call(
            self._send, case.method, str(prepared.url), headers, prepared.body
        )
        return answer

    async def _send(self, method: str, url: str, headers: Any, body: Any) -> httpx.Response:
        return await self.shop.api.ask(method, url, headers=headers, content=body)


@pytest.fixture(scope="module")
def lab(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    path = tmp_path_factory.mktemp("lab") / "booking.sqlite3"
    shutil.copy(sqlite_template, path)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_shop(f"sqlite:///{path}")) as shop,
    ):
        document = schemathesis.openapi.from_dict(shop.api.app.openapi())
        yield Lab(shop, portal, document)


# What schemathesis draws by `random` it draws the same in every run.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@pytest.mark.parametrize(
    ("method", "template"), [pytest.param(*key, id=" ".join(key)) for key in TABLE]
)
def test_the_server_does_what_its_document_says(
    method: str, template: str, lab: Lab, thorough: bool
) -> None:
    scene: Scene = lab.portal.call(set_scene, lab.shop, template)
    operation = lab.operation(method, template)
    named = [parameter.name for parameter in operation.path_parameters]
    there = {name: scene.ids[name] for name in named}

    def cases(mode: GenerationMode) -> st.SearchStrategy[Case]:
        anywhere = operation.as_strategy(mode)
        return anywhere | operation.as_strategy(mode, path_parameters=there) if there else anywhere

    sane, mad = cases(GenerationMode.POSITIVE), cases(GenerationMode.NEGATIVE)
    # One of the office whose token may end here.
    clerk: Caller = lab.portal.call(lab.shop.worker, Role.ADMIN)
    everybody = st.sampled_from([scene.driver or scene.ann, scene.ann, clerk, lab.shop.nobody])
    bounded = settings(
        max_examples=200 if thorough else 4,
        # What fails is small enough to read.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @bounded
    @given(case=sane | mad if _takes_anything(operation) else sane, who=everybody)
    def check(case: Case, who: Caller) -> None:
        case.validate_response(lab.send(case, who), checks=CHECKS)

    check()


def _takes_anything(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether there is something that could be wrong about a request."""
    return any(True for _ in operation.iter_parameters()) or bool(operation.body)


def test_the_document_is_complete(lab: Lab) -> None:
    document = lab.shop.api.app.openapi()

    names = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(names) == len(set(names))
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["tags"], (method, path)
            assert operation["summary"], (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), path


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_documentation_is_served(path: str, lab: Lab) -> None:
    answer = lab.portal.call(lab.shop.nobody.get, path)

    assert answer.status_code == 200
    assert "booking" in answer.text.lower()
