"""The shipped configuration is found in a checkout, in a wheel, and nowhere else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling import build

from bwc_agent import package_data
from bwc_agent.errors import ConfigError
from bwc_agent.package_data import config_file, config_folder

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(CHECKOUT)
    try:
        return zipfile.ZipFile(folder / build.build_wheel(str(folder)))
    finally:
        os.chdir(before)


def tracked_data(*folders: str) -> set[str]:
    """What of these folders a program or a reader needs besides code."""
    found = (path for folder in folders for path in (CHECKOUT / folder).rglob("*"))
    return {path.relative_to(CHECKOUT).as_posix() for path in found if path.suffix in {".md", ".toml", ".typed", ".html", ".json"}}


def test_a_checkout_reads_the_folder_that_the_admin_sees() -> None:
    assert config_folder() == CHECKOUT / "config"
    assert config_file("baseline.toml") == CHECKOUT / "config" / "baseline.toml"


def test_a_wheel_carries_every_file_that_is_not_code(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    assert tracked_data("bwc_agent", "hal", "simulator") <= inside
    assert {f"bwc_agent/{name}" for name in tracked_data("config")} <= inside


def test_a_wheel_carries_no_tests_and_no_top_level_config(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bwc_agent", "hal", "simulator"}


def test_an_installed_wheel_finds_its_own_copy_from_an_empty_folder(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    wheel.extractall(site)
    empty.mkdir()
    code = "from bwc_agent.package_data import config_file; print(config_file('baseline.toml'))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=empty, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, text=True, check=True
    )
    found = Path(ran.stdout.strip())
    assert found == site / "bwc_agent" / "config" / "baseline.toml"
    assert found.read_bytes() == (CHECKOUT / "config" / "baseline.toml").read_bytes()


def test_files_of_folders_inside_are_found_by_their_relative_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config" / "agencies").mkdir(parents=True)
    (tmp_path / "config" / "agencies" / "one.toml").touch()
    monkeypatch.setattr(package_data, "_HERE", tmp_path)
    assert config_file("agencies/one.toml") == tmp_path / "config" / "agencies" / "one.toml"


@pytest.mark.parametrize("name", ["no-such.toml", "../pyproject.toml", "/etc/passwd", "", "."])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "known.toml").touch()
    monkeypatch.setattr(package_data, "_HERE", tmp_path)
    with pytest.raises(ConfigError, match=r"choose one of known\.toml"):
        config_file(name)


def test_a_broken_installation_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_data, "_HERE", tmp_path / "site" / "bwc_agent")
    with pytest.raises(ConfigError, match="install bwc-agent again"):
        config_folder()
