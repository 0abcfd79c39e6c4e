"""One target under atheris, in a process of its own: python -m tests.fuzz.under_atheris TARGET SECONDS FOLDER, see `run.py`."""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["bwc_agent", "hal", "simulator", "json", "pynmeagps", "tomllib"]):
    from tests.fuzz.targets import target

from tests.fuzz.mutations import at_random
from tests.fuzz.watch import MEGABYTES, PATIENCE_S, Watch


def main() -> None:
    """Fuzz until the time is over or something is found; libFuzzer ends the process."""
    name, seconds, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    chosen, watch = target(name), Watch(folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(chosen.corpus()):
        (corpus / str(number)).write_bytes(data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        # Half by what libFuzzer learned, half by what is known of lines, numbers and boxes.
        return bytes(atheris.Mutate(data, most)) if random.random() < 0.5 else at_random(data, random)[:most]

    options = (
        f"-max_total_time={seconds}",
        f"-max_len={chosen.longest}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-timeout={PATIENCE_S}",
        f"-artifact_prefix={folder}/found-",
    )
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: watch.run(chosen, data), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
