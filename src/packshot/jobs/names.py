"""What a worker is called, and whether a worker of this machine is still alive."""

import os
import socket
from pathlib import Path


def worker_name() -> str:
    """`host/namespace/pid/start`: no two workers have one name, not even where a pid is used again."""
    pid = os.getpid()
    return f"{socket.gethostname()[:100]}/{_namespace()}/{pid}/{_started(pid)}"


def is_known_dead(worker: str) -> bool:
    """Whether that worker was of this machine and is no more. Of another machine's workers only silence tells."""
    host, namespace, pid, started = ([*worker.rsplit("/", 3), "", "", ""])[:4]
    if host != socket.gethostname()[:100] or namespace != _namespace() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is somebody else's, but it is there
    return _started(int(pid)) != started or _is_zombie(int(pid))


def _namespace() -> str:
    """Which pids are meant: containers count theirs anew, and may have one host name."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "0"


def _fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from the state on: the name before it may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _started(pid: int) -> str:
    """Ticks since the machine started, as text; "0" where that cannot be known."""
    fields = _fields(pid)
    return fields[19] if len(fields) > 19 else "0"


def _is_zombie(pid: int) -> bool:
    return _fields(pid)[:1] == ["Z"]
