"""A camera whose second opening has earlier times than its first: the record stays whole."""

from collections.abc import Iterator
from pathlib import Path

from bwc_agent.live.parts import Builder
from bwc_agent.packets import CodecConfig, Packet, Track
from hal.interfaces import RawCamera
from tests.live.enrolled import SMALL, device

CONFIG = CodecConfig(Track.VIDEO, b"avcc", 320, 180)


class Opened(Builder):
    """Gives prepared packets instead of a camera's."""

    def __init__(self, root: Path, openings: list[list[Packet]]) -> None:
        super().__init__(SMALL, device(root))
        self.openings = iter(openings)

    def _packets(self, camera: RawCamera) -> Iterator[Packet]:  # type: ignore[override]
        return iter(next(self.openings))


def packet(pts: int, keyframe: bool = False) -> Packet:
    return Packet(Track.VIDEO, pts, 0, keyframe, b"picture", CONFIG)


def test_it_goes_on_with_the_first_keyframe_whose_time_rises(tmp_path: Path) -> None:
    first = [packet(1000, True), packet(2000)]
    second = [packet(500, True), packet(1500), packet(2500), packet(3000, True), packet(3500)]
    builder, camera = Opened(tmp_path, [first, second]), object()
    given = [[item.pts for item in builder._pictures(camera) if isinstance(item, Packet)] for _ in range(2)]  # type: ignore[arg-type]
    assert given == [[1000, 2000], [3000, 3500]]
