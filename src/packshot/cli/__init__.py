"""The command line. Nothing is imported before it is needed: a worker process comes by here too."""


def main() -> None:
    """Run `packshot` and leave with its exit code: 0 fine, 2 bad input, 3 something failed, 130 stopped."""
    from packshot.cli.app import run_app

    raise SystemExit(run_app())
