"""One network in a file: opened when it is first asked, run on the settings' threads, let go on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError, ModelUnavailable
from packshot.models.weights.shelf import sha256_of
from packshot.settings import Weights as WeightsSettings

Array: TypeAlias = NDArray[Any]

_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


@dataclass(frozen=True)
class Port:
    """A network's input or output: its name and its shape, None where any length will do."""

    name: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join('any' if side is None else str(side) for side in self.shape)})"


class Network:
    """An ONNX file. A second thread may ask at the same time; the answer of the first does not change for it."""

    def __init__(self, path: Path, settings: WeightsSettings, sha256: str = "") -> None:
        self.path = path
        self._settings = settings
        self._sha256 = sha256
        self._lock = Lock()
        self._opened: Any = None

    @property
    def inputs(self) -> tuple[Port, ...]:
        return tuple(_port(each) for each in self._session().get_inputs())

    @property
    def outputs(self) -> tuple[Port, ...]:
        return tuple(_port(each) for each in self._session().get_outputs())

    def run(self, *given: Array) -> list[Array]:
        """Every output, for inputs in the network's own order."""
        names = [each.name for each in self._session().get_inputs()]
        return self._run(dict(zip(names, given, strict=True)), None)

    def ask(self, given: Mapping[str, Array], wanted: Sequence[str]) -> list[Array]:
        """The outputs called `wanted`, for inputs by name; of `given` only what the network takes."""
        names = {each.name for each in self._session().get_inputs()}
        return self._run({name: value for name, value in given.items() if name in names}, list(wanted))

    def release(self) -> None:
        """Give the memory back; the next question opens the file anew."""
        with self._lock:
            self._opened = None

    def _run(self, given: Mapping[str, Array], wanted: list[str] | None) -> list[Array]:
        session = self._session()
        types = {each.name: _TYPES.get(each.type, np.float32) for each in session.get_inputs()}
        feed = {name: np.ascontiguousarray(value, types[name]) for name, value in given.items()}
        try:
            return [np.asarray(each) for each in session.run(wanted, feed)]
        except Exception as error:  # its own exceptions share no root but this one
            raise ModelError(
                f"{self.path.name} could not be run: {_first_line(error)}", hint="packshot models verify"
            ) from error

    def _session(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Any:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelUnavailable(
                "networks in ONNX files need ONNX Runtime", hint="pip install 'packshot[onnx]'"
            ) from error
        if self._sha256 and sha256_of(self.path) != self._sha256:
            raise ModelUnavailable(
                f"{self.path.name} is not the file that its card describes: its digest differs",
                hint=f"packshot models pull {self.path.parent.name} --again",
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._settings.threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 4  # what goes wrong is raised
        options.enable_cpu_mem_arena = False  # an arena keeps the largest picture's memory for good
        providers = self._providers(onnxruntime)
        try:
            return onnxruntime.InferenceSession(str(self.path), options, providers=providers)
        except Exception as error:
            raise ModelUnavailable(
                f"{self.path.name} cannot be opened as a network: {_first_line(error)}", hint="packshot models verify"
            ) from error

    def _providers(self, onnxruntime: Any) -> list[str]:
        wanted = [name.strip() for name in self._settings.providers.split(",") if name.strip()]
        known = onnxruntime.get_available_providers()
        absent = [name for name in wanted if name not in known]
        if absent or not wanted:
            raise ModelUnavailable(
                f"this ONNX Runtime has no {', '.join(absent) or 'provider named'}",
                hint=f"PACKSHOT_WEIGHTS__PROVIDERS may name {', '.join(known)}",
            )
        return wanted


def _port(said: Any) -> Port:
    return Port(said.name, tuple(side if isinstance(side, int) and side > 0 else None for side in said.shape))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0][:300]
