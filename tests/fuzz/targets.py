"""Every parser of what comes from outside, once: the list that both drivers read."""

from typing import Final

from tests.fuzz import config_targets, evidence_targets, film_targets, sensor_targets, storage_targets
from tests.fuzz.target import Target

TARGETS: Final[tuple[Target, ...]] = (
    *evidence_targets.TARGETS,
    *film_targets.TARGETS,
    *config_targets.TARGETS,
    *sensor_targets.TARGETS,
    *storage_targets.TARGETS,
)


def target(name: str) -> Target:
    """The target of that name. Raises KeyError."""
    return {each.name: each for each in TARGETS}[name]
