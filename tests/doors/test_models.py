"""`packshot models`: listing, explaining, pulling and verifying, from outside."""

import socketserver
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from shell import packshot, photograph

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contract"))
import networks

pytest.importorskip("onnxruntime", reason="no ONNX Runtime here: pip install 'packshot[onnx]'")


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """The weights' folder of this test, as a setting."""
    return {"PACKSHOT_WEIGHTS__FOLDER": str(tmp_path / "weights")}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a small network on a server of this machine."""
    content = networks.darkness(tmp_path / "served" / "small.onnx", 320).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    class Server(socketserver.ThreadingMixIn, HTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/small.onnx"
    server.shutdown()
    server.server_close()
    thread.join()


def test_models_and_weights_are_listed_with_licence_and_size(tmp_path: Path, here: dict[str, str]) -> None:
    said = packshot("models", folder=tmp_path, **here).out

    assert "embedded" in said
    assert "cutout; MIT, commercial use; 973 MB; not here" in said
    assert "no commercial use" in said
    assert packshot("models", "list", folder=tmp_path, **here).out == said


def test_one_is_explained_by_its_name(tmp_path: Path, here: dict[str, str]) -> None:
    said = packshot("models", "birefnet", folder=tmp_path, **here).out

    assert "58f621f00f5d756097615970a88a791584600dcf7c45b18a0a6267535a1ebd3c" in said
    assert "https://github.com/ZhengPeng7/BiRefNet/blob/main/LICENSE" in said
    assert packshot("models", "birefnett", folder=tmp_path, **here).code == 2


def test_a_network_from_an_address_is_pulled_verified_and_cuts_out(
    tmp_path: Path, here: dict[str, str], served: str
) -> None:
    asked = ("models", "pull", "mine", "--from", served, "--layout", "u2net", "--licence", "MIT")
    refused = packshot(*asked, "--pin", folder=tmp_path, **here)
    assert refused.code == 2
    assert "not encrypted" in refused.err

    allowed = here | {"PACKSHOT_WEIGHTS__ALLOW_HTTP": "true", "PACKSHOT_WEIGHTS__ALLOW_PRIVATE": "true"}
    unpinned = packshot(*asked, folder=tmp_path, **allowed)
    assert "--sha256 HEX where you know its digest, or --pin" in unpinned.err
    pulled = packshot(*asked, "--pin", folder=tmp_path, **allowed)
    assert pulled.code == 0, pulled.err
    assert (tmp_path / "weights" / "mine" / "small.onnx").is_file()

    verified = packshot("models", "verify", folder=tmp_path, **here)
    assert verified.out.splitlines()[0] == "mine: fine"

    rgb = np.full((300, 400, 3), 245, np.uint8)
    rgb[80:220, 120:280] = 12
    photo = photograph(tmp_path / "box.png", rgb)
    done = packshot("run", "transparent", photo, "-o", "cut.png", "--set", "cutout.model=mine", folder=tmp_path, **here)
    assert done.code in (0, 3), done.err
    assert "The model was mine." in packshot("explain", "cut.png", folder=tmp_path).out


def test_a_network_that_does_not_fit_is_told(tmp_path: Path, here: dict[str, str]) -> None:
    path = networks.enlarger(tmp_path / "large.onnx")
    asked = ("models", "pull", "wrong", "--from", path, "--layout", "u2net", "--licence", "MIT")
    assert packshot(*asked, folder=tmp_path, **here).code == 0

    said = packshot("models", "verify", "wrong", folder=tmp_path, **here)
    assert said.code == 3
    assert "does not fit u2net: picture(1, 3, any, any) should be picture(1, 3, 320, 320)" in said.out
