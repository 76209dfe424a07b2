# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate: does onnxruntime really compute where it is told to?

    gate.py [--device cuda|cpu] [--driver-only]

A session that cannot have CUDA takes the CPU, says so in a warning at most, and is slower by an order of magnitude. So one is opened on CUDA
alone, its own first provider is asked for (the module's list says only what the package was built with), a convolution of it is run, which
takes cuDNN, and the outcome is held against the CPU's. What holds is one line of JSON on stdout and exit code 0; what does not is one
sentence on stderr and exit code 1. With numpy and onnxruntime; ``--driver-only`` takes the library of any Python from 3.9 on alone.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import sys
import time
import typing as t

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
#: What a driver must speak, as cuDriverGetVersion counts: CUDA 12.0, which NVIDIA's driver 525 was the first to.
CUDA_12 = 12000
#: Edges of the picture and of the filter that are convolved.
PICTURE, FILTER = (1, 3, 64, 64), (8, 3, 3, 3)
#: How far two devices' sums of 27 products may lie apart; values are below 1. The tensor cores' short floats (TF32) are turned off.
TOLERANCE = 1e-4


class Shut(Exception):
    """The gate stays shut; the text says why, and what to do."""


def main(arguments: list[str]) -> int:
    """Exit code: 0 when what was asked for computes, 1 when not."""
    parser = argparse.ArgumentParser(description="Does onnxruntime really compute where it is told to?")
    parser.add_argument("--device", choices=sorted(PROVIDERS), default="cuda")
    parser.add_argument("--driver-only", action="store_true", help="ask for a driver and a GPU, and stop there")
    options = parser.parse_args(arguments)
    try:
        found = driver() if options.device == "cuda" else {}
        if not options.driver_only:
            found |= session(options.device)
    except Shut as shut:
        print(f"gate: {shut}", file=sys.stderr)
        return 1
    print(json.dumps(found, sort_keys=True))
    return 0


def driver() -> dict[str, t.Any]:
    """The first GPU's name and the CUDA version that the driver speaks, asked of the driver itself.

    https://docs.nvidia.com/cuda/cuda-driver-api/
    """
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        raise Shut("no NVIDIA driver on this host: libcuda.so.1 is missing. Take an image that brings it, or let the role install it") from None
    if code := cuda.cuInit(0):
        raise Shut(f"NVIDIA's driver finds no GPU that it can use (cuInit: {code}). Is this a GPU instance, and was it restarted since the driver came?")
    count, version = ctypes.c_int(), ctypes.c_int()
    cuda.cuDeviceGetCount(ctypes.byref(count))
    cuda.cuDriverGetVersion(ctypes.byref(version))
    spoken = f"{version.value // 1000}.{version.value % 1000 // 10}"
    if not count.value:
        raise Shut("NVIDIA's driver counts no GPU. Is this a GPU instance?")
    if version.value < CUDA_12:
        raise Shut(f"NVIDIA's driver speaks CUDA {spoken}, and CUDA 12 is needed: driver 525 or later")
    name = ctypes.create_string_buffer(256)
    cuda.cuDeviceGetName(name, len(name), 0)
    return {"gpu": name.value.decode(), "gpus": count.value, "driver_cuda": spoken}


def session(device: str) -> dict[str, t.Any]:
    """What a session on that device alone says of itself, and how far its outcome is from the CPU's."""
    try:
        import numpy
        import onnxruntime
    except ImportError as error:
        raise Shut(f"{error}. Is this the interpreter of the virtual environment?") from None
    provider = PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise Shut(f"onnxruntime {onnxruntime.__version__} is built without {provider}: is onnxruntime installed, and not onnxruntime-gpu?")
    random = numpy.random.default_rng(0)
    feeds = {"picture": random.random(PICTURE, dtype=numpy.float32), "filter": random.random(FILTER, dtype=numpy.float32)}
    began = time.monotonic()
    outcome = compute(onnxruntime, provider, feeds)
    took = time.monotonic() - began
    apart = float(numpy.abs(outcome - compute(onnxruntime, PROVIDERS["cpu"], feeds)).max())
    if numpy.isnan(apart) or apart > TOLERANCE:
        raise Shut(f"{provider} computes otherwise than the CPU: {apart} apart, where {TOLERANCE} may be")
    return {"provider": provider, "onnxruntime": onnxruntime.__version__, "apart": apart, "seconds": round(took, 3)}


def compute(onnxruntime: t.Any, provider: str, feeds: dict[str, t.Any]) -> t.Any:
    """The model's outcome on that provider and no other."""
    strict, chosen = onnxruntime.SessionOptions(), (provider, {})
    if provider != PROVIDERS["cpu"]:
        with contextlib.redirect_stdout(sys.stderr):
            onnxruntime.preload_dlls()  # CUDA's and cuDNN's libraries lie in packages of the environment
        strict.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        chosen = (provider, {"use_tf32": "0"})
    for settings in (onnxruntime.SessionOptions(), strict):  # the first says most clearly whether it fell back, the second lets no node do so
        with failing_as(provider):
            opened = onnxruntime.InferenceSession(model(), settings, providers=[chosen], enable_fallback=0)
        used_provider(opened, provider)
    with failing_as(provider):
        (outcome,) = opened.run(None, feeds)
    return outcome


@contextlib.contextmanager
def failing_as(provider: str) -> t.Iterator[None]:
    """What onnxruntime raises, as the gate's own word."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (its errors have no class in common)
        raise Shut(f"{provider} failed: {' '.join(str(error).split())}") from None


def used_provider(opened: t.Any, wanted: str) -> None:
    """Refuse a session whose first provider is not the wanted one: it fell back."""
    first = opened.get_providers()[0]
    if first != wanted:
        raise Shut(f"the session was told {wanted} and fell back to {first}: CUDA 12 or cuDNN 9 does not load (onnxruntime says above which)")


def model() -> bytes:
    """A model of one node, Conv, as ONNX's protobuf (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), written by hand: no package more."""
    node = text(1, "picture") + text(1, "filter") + text(2, "outcome") + text(3, "only") + text(4, "Conv")
    outcome = (PICTURE[0], FILTER[0], PICTURE[2] - FILTER[2] + 1, PICTURE[3] - FILTER[3] + 1)
    graph = part(1, node) + text(2, "gate") + value(11, "picture", PICTURE) + value(11, "filter", FILTER) + value(12, "outcome", outcome)
    return number(1, 8) + part(7, graph) + part(8, number(2, 13))  # IR version 8, and operator set 13 of ONNX itself


def value(field: int, name: str, shape: tuple[int, ...]) -> bytes:
    """An input or output of the graph: floats of that shape."""
    dimensions = b"".join(part(1, number(1, edge)) for edge in shape)
    return part(field, text(1, name) + part(2, part(1, number(1, 1) + part(2, dimensions))))


def number(field: int, of: int) -> bytes:
    return varint(field << 3) + varint(of)


def text(field: int, of: str) -> bytes:
    return part(field, of.encode())


def part(field: int, of: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(of)) + of


def varint(of: int) -> bytes:
    low = bytes([of & 0x7F])
    return low if of < 0x80 else bytes([of & 0x7F | 0x80]) + varint(of >> 7)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
