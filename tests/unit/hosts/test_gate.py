# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate of userdata_gpu, before a real onnxruntime. No GPU is needed, and none helps: a driver is put in the place of NVIDIA's."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import subprocess
import sys
import types
import typing as t
from pathlib import Path

import pytest

GATE = Path(__file__).parents[3] / "roles/userdata_gpu/files/gate.py"
#: The gate with a driver, and what else a test puts in the place of something else, in the interpreter that has onnxruntime.
DRIVEN = """
import sys
sys.path.insert(0, {folder!r})
import gate, numpy, onnxruntime
gate.driver = lambda: {{"gpu": "a GPU"}}
{change}
sys.exit(gate.main([]))
"""
CLAIMED = "onnxruntime.get_available_providers = lambda: ['CUDAExecutionProvider', 'CPUExecutionProvider']"


@pytest.fixture
def gate() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("gate", GATE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def driven(environment: Path) -> t.Callable[[str], subprocess.CompletedProcess[str]]:
    def run(change: str) -> subprocess.CompletedProcess[str]:
        script = DRIVEN.format(folder=str(GATE.parent), change=change)
        return subprocess.run([environment / "python", "-c", script], capture_output=True, text=True, check=False)

    return run


class Driver:
    """NVIDIA's driver as the gate asks it: https://docs.nvidia.com/cuda/cuda-driver-api/"""

    def __init__(self, code: int = 0, gpus: int = 1, version: int = 12080):
        self.cuInit = lambda _flags: code
        self.cuDeviceGetCount = lambda count: self.put(count, gpus)
        self.cuDriverGetVersion = lambda told: self.put(told, version)

    @staticmethod
    def put(where: t.Any, value: int) -> int:
        where._obj.value = value
        return 0

    @staticmethod
    def cuDeviceGetName(name: t.Any, _length: int, _device: int) -> int:
        name.value = b"Tesla T4"
        return 0


def shut(gate: types.ModuleType, monkeypatch: pytest.MonkeyPatch, driver: Driver) -> str:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: driver)
    with pytest.raises(gate.Shut) as said:
        gate.driver()
    return str(said.value)


def test_a_host_without_a_driver_is_refused_in_one_sentence(gate, monkeypatch, capsys):
    def missing(_name: str) -> None:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert gate.main(["--driver-only"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gate: no NVIDIA driver on this host: libcuda.so.1 is missing.")


def test_a_driver_without_a_gpu_is_refused(gate, monkeypatch):
    assert "finds no GPU that it can use (cuInit: 100)" in shut(gate, monkeypatch, Driver(code=100))
    assert "counts no GPU" in shut(gate, monkeypatch, Driver(gpus=0))


def test_a_driver_from_before_cuda_12_is_refused(gate, monkeypatch):
    assert "speaks CUDA 11.4, and CUDA 12 is needed" in shut(gate, monkeypatch, Driver(version=11040))


def test_a_driver_with_a_gpu_is_named(gate, monkeypatch, capsys):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Driver())
    assert gate.main(["--driver-only"]) == 0
    assert json.loads(capsys.readouterr().out) == {"gpu": "Tesla T4", "gpus": 1, "driver_cuda": "12.8"}


def test_it_opens_where_the_session_computes_as_told(environment):
    ran = subprocess.run([environment / "python", GATE, "--device", "cpu"], capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout)
    assert said["provider"] == "CPUExecutionProvider"
    assert said["apart"] == 0


def test_an_onnxruntime_without_cuda_is_refused(driven):
    ran = driven("")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "is built without CUDAExecutionProvider" in ran.stderr


def test_a_session_that_fell_back_to_the_cpu_is_refused_whatever_the_module_lists(driven):
    ran = driven(CLAIMED)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines()[-1].startswith("gate: the session was told CUDAExecutionProvider and fell back to CPUExecutionProvider")


def test_a_session_that_is_first_on_cuda_and_computes_on_the_cpu_is_refused(driven):
    ran = driven(CLAIMED + "; gate.used_provider = lambda *_: None")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "fallback to CPU EP has been explicitly disabled" in ran.stderr


@pytest.mark.parametrize("off", ["numpy.float32(0.001)", "numpy.float32('nan')"])
def test_another_outcome_than_the_cpus_is_refused(driven, off):
    computed = f"compute = gate.compute; gate.compute = lambda it, on, of: compute(it, 'CPUExecutionProvider', of) + (on[:2] == 'CU') * {off}"
    ran = driven(f"{CLAIMED}; {computed}")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "CUDAExecutionProvider computes otherwise than the CPU" in ran.stderr


def test_the_outcome_is_a_convolution(gate, environment):
    """Held against the sum that it is, so that two devices cannot agree on nothing."""
    script = f"import sys; sys.path.insert(0, {str(GATE.parent)!r}); import gate, numpy, onnxruntime; \
feeds = dict(picture=numpy.ones(gate.PICTURE, numpy.float32), filter=numpy.full(gate.FILTER, 2, numpy.float32)); \
print(sorted(set(gate.compute(onnxruntime, 'CPUExecutionProvider', feeds).ravel().tolist())))"
    ran = subprocess.run([environment / "python", "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [2.0 * 3 * 3 * 3]


def test_it_needs_nothing_but_the_library_until_the_driver_answers():
    asked = "import sys; sys.argv = ['gate', '--driver-only']; import gate; sys.exit(gate.driver is None or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-S", "-c", asked], cwd=GATE.parent, check=False).returncode == 0
