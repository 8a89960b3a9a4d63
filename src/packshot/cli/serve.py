"""`packshot serve`."""

import sys
from typing import Annotated

import typer

from packshot.cli.shown import warn

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NEEDED = (
    "fastapi",
    "uvicorn",
    "httptools",
    "sse_starlette",
    "prometheus_client",
    "python_multipart",
    "structlog",
    "websockets",
)


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for everybody who reaches this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on, 0 for a free one.")] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0, max=256, help="Processes that do jobs; one per core if not given, 0 to leave it to others."
        ),
    ] = None,
) -> int:
    """Answer over HTTP, and do the jobs, until stopped."""
    import os
    from importlib.util import find_spec
    from socket import AF_INET, AF_INET6

    from packshot.errors import ExtraMissing, InputError
    from packshot.settings import resolve

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"serving needs {', '.join(missing)}, which is not installed", hint="pip install 'packshot[service]'"
        )
    import socket

    import uvicorn

    from packshot.wiring import observe, open_database

    resolved = resolve()
    warn(resolved.warnings)
    observe(resolved.settings)
    open_database(resolved.settings).close()  # says at once what is wrong with it
    try:
        listening = socket.create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}, port {port}: {error.strerror}", hint="choose another --host or --port"
        ) from error
    # Those that are accepted inherit it. Without, an answer in two parts waits for the other side's delayed ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    taken = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    # By name: the application is a door beside this one, and neither knows the other.
    if workers is not None:
        os.environ["PACKSHOT_JOBS__WORKERS"] = str(workers)
    config = uvicorn.Config(
        "packshot.api.app:open_app",
        factory=True,
        http="packshot.api.patience:Patient",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    config.load()
    if host not in _LOOPBACK and not resolved.settings.service.keys:
        print("warning: whoever reaches this address may use it, paid models included", file=sys.stderr)
    print(
        f"listening on http://{shown}:{taken}, documentation at http://{shown}:{taken}/docs; Ctrl+C stops", flush=True
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        return 0
    return 0
