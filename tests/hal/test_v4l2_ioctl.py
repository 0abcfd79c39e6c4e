"""The V4L2 requests: laid out as this machine's own kernel header has them, and asked again where a signal came between."""

import errno
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from ctypes import Structure, sizeof
from pathlib import Path

import pytest

from hal.camera import v4l2_ioctl as v4l2
from hal.camera.v4l2_devices import cameras, set_controls, setting

HEADER = Path("/usr/include/linux/videodev2.h")
STRUCTURES: dict[type[Structure], str] = {
    v4l2.Capability: "v4l2_capability",
    v4l2.Description: "v4l2_fmtdesc",
    v4l2.Size: "v4l2_frmsize_discrete",
    v4l2.SizeRange: "v4l2_frmsize_stepwise",
    v4l2.FrameSize: "v4l2_frmsizeenum",
    v4l2.Fraction: "v4l2_fract",
    v4l2.FractionRange: "v4l2_frmival_stepwise",
    v4l2.FrameInterval: "v4l2_frmivalenum",
    v4l2.PixelFormat: "v4l2_pix_format",
    v4l2.Format: "v4l2_format",
    v4l2.Capture: "v4l2_captureparm",
    v4l2.StreamParameters: "v4l2_streamparm",
    v4l2.BufferRequest: "v4l2_requestbuffers",
    v4l2.Control: "v4l2_control",
}
VIVID = next((c.path for c in cameras() if c.driver == "vivid" and c.usable_by), None)
needs_vivid = pytest.mark.skipif(VIVID is None, reason="no virtual camera: sudo modprobe vivid num_inputs=1 input_types=0")


def ours() -> Iterator[tuple[str, int]]:
    """Every size, place, request and constant of the module, each under the C expression that gives it."""
    for structure, name in STRUCTURES.items():
        yield f"sizeof(struct {name})", sizeof(structure)
        anonymous = getattr(structure, "_anonymous_", ())
        fields = [field for field, *_ in structure._fields_ if field not in anonymous] + ["discrete", "stepwise"] * bool(anonymous)
        for field in fields:
            place = getattr(structure, field)
            yield f"offsetof(struct {name}, {field})", place.offset
            yield f"sizeof(((struct {name} *)0)->{field})", place.size
    for name, value in vars(v4l2).items():
        if isinstance(value, v4l2.Request):
            yield f"VIDIOC_{name}", value.number
        elif name.isupper() and not name.startswith("_"):
            yield f"V4L2_{name}", value


@pytest.mark.skipif(not (shutil.which("gcc") and HEADER.exists()), reason="no gcc, or no kernel header: apt install gcc linux-libc-dev")
def test_every_layout_number_and_constant_is_the_kernel_headers(tmp_path: Path) -> None:
    mine = dict(ours())
    assert len(mine) > 150
    lines = "\n".join(f'    printf("%llu\\n", (unsigned long long)({expression}));' for expression in mine)
    source = tmp_path / "layout.c"
    source.write_text(f"#include <stddef.h>\n#include <stdio.h>\n#include <linux/videodev2.h>\nint main(void) {{\n{lines}\n}}\n")
    subprocess.run(["gcc", "-o", tmp_path / "layout", source], check=True)
    told = subprocess.run([tmp_path / "layout"], check=True, capture_output=True, text=True).stdout.split()
    assert mine == dict(zip(mine, map(int, told), strict=True))


def test_a_request_that_a_signal_interrupted_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []

    def interrupted_once(device: int, number: int, control: v4l2.Control) -> int:
        asked.append((device, control.id, control.value))
        if len(asked) == 1:
            raise InterruptedError(errno.EINTR, "interrupted")
        return 0

    monkeypatch.setattr(fcntl, "ioctl", interrupted_once)
    v4l2.S_CTRL(7, id=5, value=-1)
    assert asked == [(7, 5, -1)] * 2


def test_a_driver_that_never_ends_a_list_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "ioctl", lambda *_: 0)
    assert [one.index for one in v4l2.ENUM_FMT.each(7)] == list(range(128))


def test_what_is_no_video_device_refuses_a_request_and_lists_nothing() -> None:
    with v4l2.opened("/dev/null") as null:
        with pytest.raises(OSError) as refused:
            v4l2.QUERYCAP(null)
        assert refused.value.errno == errno.ENOTTY
        assert list(v4l2.ENUM_FMT.each(null, type=v4l2.BUF_TYPE_VIDEO_CAPTURE)) == []
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(null)


def test_a_list_that_a_fault_cuts_short_is_no_list() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        list(v4l2.ENUM_FMT.each(1_000_000))


@needs_vivid
def test_what_the_kernel_fills_in_is_read_where_it_was_put() -> None:
    assert VIVID is not None
    with v4l2.opened(VIVID) as device:
        info = v4l2.QUERYCAP(device)
        pix = v4l2.G_FMT(device, type=v4l2.BUF_TYPE_VIDEO_CAPTURE).fmt.pix
    assert (info.driver, info.card, info.bus_info[:14]) == (b"vivid", b"vivid", b"platform:vivid")
    assert info.capabilities & info.device_caps == info.device_caps and info.device_caps & v4l2.CAP_VIDEO_CAPTURE
    assert pix.bytesperline >= pix.width and pix.sizeimage >= pix.bytesperline * pix.height
    assert setting(VIVID).rate > 0


@needs_vivid
def test_a_control_that_a_camera_lacks_is_refused_and_hinders_no_other() -> None:
    assert VIVID is not None
    lacking = 0x00990A66  # V4L2_CID_MPEG_VIDEO_H264_I_PERIOD: vivid encodes nothing
    with v4l2.opened(VIVID) as device, pytest.raises(OSError, match="Invalid argument"):
        v4l2.S_CTRL(device, id=lacking, value=1)
    set_controls(VIVID, {lacking: 1, 0x00980900: 128})
