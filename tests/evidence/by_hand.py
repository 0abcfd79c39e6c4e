"""The blocks of BY_HAND.md, run in their order by `sh` as the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import bwc_agent.evidence

PAGE = (Path(bwc_agent.evidence.__file__).parent / "BY_HAND.md").read_text()
CLOSED = "000000-0001"
"""The recording that the page looks at as it stands."""


def script(page: str) -> str:
    """The page's blocks in their order; the Python one is saved under the name that the page gives it."""
    blocks = re.findall(r"```(sh|python)\n(.*?)```", page, re.DOTALL)
    assert [kind for kind, _ in blocks].count("python") <= 1
    return "".join(body if kind == "sh" else f"cat > hand/open.py <<'EOF'\n{body}EOF\n" for kind, body in blocks)


def run(table: Path, page: str = PAGE, recording: str = CLOSED) -> subprocess.CompletedProcess[str]:
    """All of it in one session of `sh`, `python3` being the one that has the packages."""
    text = script(page.replace(f"recording={CLOSED}\n", f"recording={recording}\n"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(["sh", "-c", text], cwd=table, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
