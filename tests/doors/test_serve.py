"""`packshot serve` as a process."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
from shell import command, environment, packshot


def test_it_says_where_it_listens_answers_there_and_stops(tmp_path: Path) -> None:
    serving = subprocess.Popen(
        command("serve", "--port", "0"),
        cwd=tmp_path,
        env=environment(PACKSHOT_STATE=str(tmp_path / "state")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        assert said.startswith("listening on http://127.0.0.1:")
        address = said.split()[2].rstrip(",")
        assert httpx.get(f"{address}/health", trust_env=False).json()["status"] == "ok"
    finally:
        serving.send_signal(signal.SIGINT)
        _, complaints = serving.communicate(timeout=20)
    assert serving.returncode == 0
    assert complaints == ""


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = packshot("serve", "--port", str(taken.getsockname()[1]), folder=tmp_path)
    assert said.code == 2
    assert "cannot listen on 127.0.0.1" in said.err


def test_without_its_extra_it_says_what_to_install(tmp_path: Path) -> None:
    hidden = "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == 'fastapi' else f(n)"
    done = subprocess.run(
        [sys.executable, "-c", hidden + "; from packshot.cli import main; main()", "serve"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "pip install 'packshot[service]'" in done.stderr
