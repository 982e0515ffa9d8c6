"""What may stand in a committed file: pins that hold, no address, exceptions with a reason."""

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w, -]+\])?==(?P<version>[^\s;]+)")
RULE = re.compile(r'"[A-Z]{1,4}\d{3,4}"')
PACKAGE_INDEX = re.compile(r"--(?:extra-)?index-url[ =]+\w+:|--find-links[ =]|://[^\s/]+/simple\b")
SOMEBODYS_HOME = re.compile(r"/(?:home|Users)/[a-z]\w*/")
INLINE_EXCEPTION = re.compile(r"# (?:noqa|type: ignore)(?P<rest>[^#]*)(?P<more>#.*)?")
CODES_AND_REASON = re.compile(r"(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w, -]+\])\s*(?P<why>.*)")


def committed_texts() -> dict[str, str]:
    """Text files under version control, and new ones that are not ignored, by their path."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    )
    texts = {}
    for name in filter(None, listing.stdout.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return texts


def folders_of_this_machine() -> list[str]:
    """Where this checkout lies; its parent too, where that says anything."""
    common = {Path("/"), Path(tempfile.gettempdir()), Path.home()}
    return [str(folder) for folder in (ROOT, ROOT.parent) if folder not in common]


def addresses_in(text: str) -> list[str]:
    """Machine paths and package index addresses in a text."""
    folders = "|".join(re.escape(folder) for folder in folders_of_this_machine())
    machine = re.compile(rf"(?<![\w.])(?:{folders})(?![\w-])")
    found = [machine, SOMEBODYS_HOME, PACKAGE_INDEX]
    return [match.group() for pattern in found for match in pattern.finditer(text)]


def test_no_committed_file_names_a_machine_or_a_package_index() -> None:
    texts = committed_texts()

    assert "pyproject.toml" in texts
    assert {name: found for name, text in texts.items() if (found := addresses_in(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        f"see {ROOT}/notes.txt",
        "--index-" + "url https://packages.example.org/root",
        "https://packages.example.org/" + "simple/",
        "cd /home/" + "somebody/project",
    ],
)
def test_addresses_are_recognised(text: str) -> None:
    assert addresses_in(text)


def pins(file: str) -> dict[str, str]:
    """Pinned versions of a requirements file by package; every pin must carry a hash."""
    found: dict[str, str] = {}
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[\w])", text):
        pin = PIN.match(entry)
        assert pin is not None, f"not a pin: {entry[:60]!r}"
        assert "--hash=sha256:" in entry, f"no hash: {pin['name']}"
        found[canonicalize_name(pin["name"])] = pin["version"]
    return found


def declared(*groups: str) -> list[Requirement]:
    """Requirements of pyproject.toml: the project's, its extras', and those of the groups."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = list(settings["project"]["dependencies"])
    for extra in settings["project"]["optional-dependencies"].values():
        lines += extra
    for group in groups:
        lines += [line for line in settings["dependency-groups"][group] if isinstance(line, str)]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("file", "groups"), [("base.txt", ()), ("dev.txt", ("build", "dev"))])
def test_pins_satisfy_what_is_declared(file: str, groups: tuple[str, ...]) -> None:
    """Fails after a change of dependencies without `make lock`."""
    pinned = pins(file)

    stale = [
        str(wanted)
        for wanted in declared(*groups)
        if not wanted.specifier.contains(pinned.get(canonicalize_name(wanted.name), "0"))
    ]
    assert stale == []


def test_both_requirement_files_agree() -> None:
    development = pins("dev.txt")

    assert {name: development.get(name) for name in pins("base.txt")} == pins("base.txt")


def test_every_rule_left_out_has_its_reason() -> None:
    tables = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("\nignore = [")[2]
    exceptions = [line for line in tables.splitlines() if RULE.search(line)]

    assert len(exceptions) > 5
    assert [line for line in exceptions if not re.search(r"#\s+\w", line)] == []


def unexplained(line: str) -> bool:
    """Whether a line switches a check off without saying which and why."""
    found = INLINE_EXCEPTION.search(line)
    if found is None:
        return False
    which = CODES_AND_REASON.match(found["rest"])
    return which is None or not re.search(r"\w{3}", which["why"] + (found["more"] or ""))


def test_every_check_switched_off_in_place_says_why() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in committed_texts().items()
        if name.endswith(".py") and ROOT / name != Path(__file__)
        for number, line in enumerate(text.splitlines(), 1)
        if unexplained(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = 1", False),
        ("x = 1  # noqa", True),
        ("x = 1  # noqa: S608", True),
        ("x = 1  # noqa: S608, BLE001 - names are our own", False),
        ("x = 1  # type: ignore[call-overload]", True),
        ("x = 1  # type: ignore[call-overload]  # the stub knows no arrays", False),
    ],
)
def test_unexplained_exceptions_are_recognised(line: str, expected: bool) -> None:
    assert unexplained(line) is expected
