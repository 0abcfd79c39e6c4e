"""The live demo takes what a webcam gives."""

import pytest

from bwc_agent.cli.demo_live import fitted
from bwc_agent.media.video_settings import VideoSettings
from hal.camera.v4l2_devices import Mode

WANTED = VideoSettings(1280, 720, 30, 8_000_000)


@pytest.mark.parametrize(
    ("modes", "got"),
    [
        ([Mode("YUYV", 640, 480, (15.0, 30.0)), Mode("MJPG", 1280, 720, (30.0,))], (1280, 720, 30)),
        ([Mode("YUYV", 640, 480, (15.0, 30.0)), Mode("YUYV", 1280, 720, (10.0,))], (640, 480, 30)),
        ([Mode("YUYV", 640, 480, (15.0,)), Mode("YUYV", 1920, 1080, (30.0,))], (640, 480, 15)),
        ([Mode("YUYV", 2592, 1944, (30.0,), least=(64, 64), between=False)], (1280, 720, 30)),
        ([Mode("YUYV", 641, 481, (30.0,))], (1280, 720, 30)),
        ([], (1280, 720, 30)),
    ],
)
def test_it_takes_the_largest_picture_at_the_best_rate_and_asks_for_its_own_where_none_fits(
    modes: list[Mode], got: tuple[int, int, float]
) -> None:
    video = fitted(WANTED, modes)
    assert (video.width, video.height, video.rate) == got
