"""Servers of a test's own, which it may stop and start again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from waiting import wait_until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class OwnPostgres:
    """A PostgreSQL with nothing in it. It keeps no promise to survive the machine, only its own end."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -c fsync=off -c shared_buffers=16MB"
        self._told("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """At once, as if it had been killed: it has to recover when it is started again."""
        self._told("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def _told(self, program: str, *words: str | Path) -> None:
        # It refuses to be root's.
        who = "postgres" if os.geteuid() == 0 else None
        command = [str(self.programs / program), *map(str, words)]
        subprocess.run(command, user=who, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=60)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Running, and gone afterwards. Without its programs the test is skipped."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) + [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        pytest.skip("PostgreSQL's programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="packshot-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = OwnPostgres(found[-1].parent, folder, free_port())
    try:
        server._told("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class OwnRedis:
    """A Redis that forgets everything when it is killed."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command: Sequence[str] = (program, "--save", "", "--appendonly", "no", "--dir", str(folder))
        self._port = free_port()
        self._process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen([*self._command, "--port", str(self._port)], stdout=subprocess.DEVNULL)
        wait_until(lambda: answers(self._port), 20)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    server = OwnRedis(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size. Where one may not be mounted the test is skipped."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"a file system cannot be mounted here: {made.stderr.decode(errors='replace').strip()}")
    try:
        yield folder
    finally:
        for _ in range(50):  # until what was killed has let go of it
            if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)


def filled(folder: Path, left: int = 0) -> Path:
    """A file that takes all the room there is but so many bytes."""
    ballast = folder / "ballast"
    status = os.statvfs(folder)
    with ballast.open("wb") as file:
        file.write(bytes(max(0, status.f_bavail * status.f_frsize - left)))
    return ballast
