"""`packshot keys` and `packshot worker`, beside a service that only answers."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from shell import command, environment, mug, packshot, photograph

from waiting import wait_until


@contextmanager
def running(*words: str, folder: Path, **variables: str) -> Iterator[str]:
    """A command that runs until it is left; the line that it says first. It must end well, and complain of nothing."""
    variables = {"PYTHONWARNINGS": "ignore", "PACKSHOT_STATE": str(folder / "state"), **variables}
    process = subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline()
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=90)
    assert (process.returncode, complaints) == (0, "")


def test_a_key_is_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    made = packshot("keys", "create", "till", "--tenant", "acme", "--scope", "read", "--json", folder=tmp_path)
    key = made.json
    assert (made.code, key["key"][:3], key["scopes"]) == (0, "pk_", ["read"])
    listed = packshot("keys", "list", folder=tmp_path)
    assert key["key"] not in listed.out
    assert f"{key['key'][:10]}...  till  acme  read  good  never used" in listed.out
    assert packshot("keys", "revoke", key["key"][:10], folder=tmp_path).code == 0
    assert "revoked" in packshot("keys", "list", "--tenant", "acme", folder=tmp_path).out
    unknown = packshot("keys", "create", "till", "--scope", "reed", folder=tmp_path)
    assert (unknown.code, "did you mean 'read'?" in unknown.err) == (2, True)


def test_a_worker_does_what_a_service_without_workers_took_in(tmp_path: Path) -> None:
    photo = photograph(tmp_path / "mug.jpg", mug((600, 500)))
    key = packshot("keys", "create", "shop", "--tenant", "acme", folder=tmp_path).out.strip()
    serving = running("serve", "--port", "0", "--workers", "0", folder=tmp_path, PACKSHOT_SERVICE__KEYS="true")
    with serving as said, httpx.Client(trust_env=False, timeout=30, headers={"X-Api-Key": key}) as client:
        address = said.split()[2].rstrip(",")
        image = client.post(f"{address}/api/v1/images", files={"file": ("mug.jpg", photo.read_bytes())}).json()
        asked = {"image": image["id"], "recipe": "marketplace-white", "size": [300, 300]}
        job = client.post(f"{address}/api/v1/renditions", json=asked).json()
        assert job["status"] == "waiting"
        with running("worker", "--workers", "1", folder=tmp_path) as working:
            assert working.startswith("working; Ctrl+C stops")
            wait_until(lambda: client.get(f"{address}{job['links']['self']}").json()["status"] == "done")
        file = client.get(address + client.get(f"{address}{job['links']['self']}").json()["links"]["file"])
        assert file.headers["content-type"] == "image/jpeg"
        assert httpx.get(f"{address}/api/v1/images", trust_env=False).status_code == 401
