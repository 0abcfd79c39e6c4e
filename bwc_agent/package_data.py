"""Where the files of `config/` are: beside the packages in a checkout, inside `bwc_agent` once a wheel is installed.

A fleet admin reads them at the top of the checkout; the program must find the same bytes in an empty folder.
"""

from pathlib import Path

from bwc_agent.errors import ConfigError

_HERE = Path(__file__).resolve().parent


def config_folder() -> Path:
    """The folder that holds the shipped configuration, in a wheel or in a checkout. Raises ConfigError if it is missing."""
    # The wheel's copy comes first: beside an installed package may lie a stranger's folder of that name.
    for folder in (_HERE / "config", _HERE.parent / "config"):
        if folder.is_dir():
            return folder
    raise ConfigError(f"no folder of shipped configuration near {_HERE}: install bwc-agent again")


def config_file(name: str) -> Path:
    """The shipped file `name`, relative to `config/` with forward slashes; never a path outside it. Raises ConfigError."""
    folder = config_folder()
    shipped = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    if name not in shipped:
        raise ConfigError(f"no shipped configuration file {name!r}: choose one of {', '.join(sorted(shipped)) or '(none)'}")
    return shipped[name]
