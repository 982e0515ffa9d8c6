"""The documentation's examples run as they stand."""

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from booking_cli.app import app
from booking_core.data import intercity_feed

README = Path(__file__).parents[2] / "README.md"
DOCS = README.parent / "docs"
PYTHON_PAGES = sorted(page for page in DOCS.rglob("*.md") if ">>> " in page.read_text())
CONSOLE_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
CONSOLE_PAGES = sorted(page for page in DOCS.rglob("*.md") if "```console" in page.read_text())


def name_of(page: Path) -> str:
    return str(page.relative_to(DOCS))


@pytest.mark.parametrize("page", PYTHON_PAGES, ids=name_of)
def test_python_examples_give_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A closing fence directly after the last output would be read as part of it.
    text = page.read_text().replace("\n```", "\n\n```")
    examples = doctest.DocTestParser().get_doctest(text, {}, name_of(page), str(page), 0)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(report)


def test_the_ten_lines_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)

    exec(compile(block, str(README), "exec"), {})  # noqa: S102 - our own page

    assert capsys.readouterr().out == "confirmed\n"


def test_a_wrong_example_is_noticed(tmp_path: Path) -> None:
    examples = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(examples, out=lambda _: None).failed == 1


@pytest.mark.parametrize("page", CONSOLE_PAGES, ids=name_of)
def test_console_examples_succeed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOKING_DATABASE_URL", f"sqlite:///{tmp_path / 'docs.sqlite3'}")
    shutil.make_archive(str(tmp_path / "feed"), "zip", intercity_feed())
    commands = [
        line.removeprefix("$ ")
        for block in CONSOLE_BLOCK.findall(page.read_text())
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "booking"
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{command}\n{result.output}"
