"""What every benchmark shares: where the pictures are, CPU seconds of a command, a table, a results file."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
RESULTS = HERE / "results"


def test_data() -> Path | None:
    """The folder of real pictures: PACKSHOT_TEST_DATA, or shared/data beside the repository; None where absent."""
    given = os.environ.get("PACKSHOT_TEST_DATA")
    folder = Path(given) if given else REPOSITORY.parent / "shared" / "data"
    return folder if (folder / "gt" / "pairs.json").is_file() else None


def cache(name: str) -> Path:
    """A folder for pictures and networks that are the same in every run; it may be deleted at any time."""
    folder = Path(tempfile.gettempdir()) / "packshot-benchmarks" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Usage:
    """Of a command and every process it started. `peak_mb` is that of the largest of them."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


# In a process of its own: a child's peak counts what its parent held when it was started, so the parent must be small.
_LAUNCHER = """
import json, os, subprocess, sys, time
started = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
errors = child.stderr.read()
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, time.monotonic() - started,
                  usage.ru_maxrss / (1000 if sys.platform.startswith('linux') else 1e6),
                  errors.decode(errors='replace')[-2000:]]))
"""


def measured(command: Sequence[str | Path], *, accept: Sequence[int] = (0,), **environment: str) -> Usage:
    """Run a command to its end. Raises RuntimeError, with what it wrote, where its exit code is not accepted."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *map(str, command)]
    answer = subprocess.run(launcher, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    code, cpu, wall, peak, errors = json.loads(answer.stdout)
    if code not in accept:
        raise RuntimeError(f"{command[0]} ended with {code}: {errors}")
    return Usage(cpu, wall, peak)


def machine() -> dict[str, Any]:
    """The class of machine, and the versions that matter; nothing that names the machine."""
    import cv2
    import numpy as np
    from PIL import __version__ as pillow

    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "busy": round(os.getloadavg()[0], 1),  # processes that wanted a core when the benchmark ended
        "system": platform.system(),
        "python": platform.python_version(),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "pillow": pillow,
    }


def save(name: str, figures: Mapping[str, Any], *, whole: bool) -> Path:
    """Write the results. Runs over a part of the pictures go to a folder that is not kept."""
    folder = RESULTS if whole else RESULTS / "local"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {
        "benchmark": name,
        "date": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *_shown(sys.argv[1:])]),
        "machine": machine(),
        **figures,
    }
    path.write_text(json.dumps(rounded(content), indent=1) + "\n", encoding="utf-8")
    return path


def _shown(arguments: Sequence[str]) -> list[str]:
    """Of a path its name and of an address its kind: neither folders nor passwords."""
    return [_short(argument) for argument in arguments]


def _short(argument: str) -> str:
    kind, is_address, _ = argument.partition("://")
    if is_address:
        return f"{kind}://..."
    return Path(argument).name if os.sep in argument else argument


def rounded(value: Any) -> Any:
    """Every number to four digits after the point, all the way down."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Text in columns: the first to the left, the others to the right."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


def verdicts(checks: Sequence[tuple[str, float | None, str, float]]) -> str:
    """One line per target: (what, value, ">=" or "<=", target)."""
    rows = []
    for what, value, sense, target in checks:
        if value is None:
            rows.append((what, None, f"{sense} {target:g}", "not measured"))
            continue
        met = value >= target if sense == ">=" else value <= target
        rows.append((what, value, f"{sense} {target:g}", "met" if met else "MISSED"))
    return table(("target", "measured", "asked", ""), rows)
