"""The OpenAPI document, and whether the server does what it says, whatever it is sent.

This complements the tests written by hand: what is generated finds crashes and wrong shapes, seldom
wrong answers.
"""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.support.api_shop import Caller, Shop, open_shop
