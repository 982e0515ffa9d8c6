"""Shell scripts as documents print them, run with the real curl."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

PRINTED_AT = "http://localhost:8000"


def curl(command: str, address: str, exchanged: Mapping[str, str]) -> Any:
    """Run a printed command, with ids and dates exchanged; what was answered."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")
    for printed, ours in {PRINTED_AT: address, **exchanged}.items():
        command = command.replace(printed, ours)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "curl"
    answer = subprocess.run(
        [program, "--silent", "--show-error", "--max-time", "60", *words[1:]],
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(answer.stdout)
