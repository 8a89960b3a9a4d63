"""How fast a catalogue comes in and goes out, and how much memory that takes.

    python benchmarks/feeds.py [--rows 1000000]

A CSV of so many rows, three photographs to a sku and 333 skus to a group, into an empty SQLite file; then the same file
again, which adds nothing; then the feed for Google. Each in a process of its own, so that the peaks are its own.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from packshot.catalog.feeds import FEEDS, feed_lines
from packshot.catalog.importing import import_rows
from packshot.catalog.queries import skus_with_images
from packshot.catalog.rows import Reading, read_rows
from packshot.database.migrate import open_sessions
from report import save

TYPES = ("primary", "side", "back")


def written(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("product_group_id,sku_id,image_url,image_type\n")
        for n in range(rows):
            sku = f"SKU-{n // 3:07d}"
            file.write(f"G{n // 999},{sku},https://cdn.example.com/{sku}/{n:08d}.jpg,{TYPES[n % 3]}\n")


def came_in(folder: Path) -> int:
    sessions = open_sessions(URL.create("sqlite+pysqlite", database=str(folder / "packshot.db")))
    done = import_rows(sessions, read_rows(folder / "in.csv", Reading()))
    sessions.close()
    return done.added + done.known


def went_out(folder: Path) -> int:
    sessions = open_sessions(URL.create("sqlite+pysqlite", database=str(folder / "packshot.db")))
    lines = feed_lines(FEEDS["google"], skus_with_images(sessions), lambda each: each.url, lambda each: None)
    count = 0
    with (folder / "google.csv").open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            count += 1
    sessions.close()
    return count


def timed(work: Callable[[Path], int], folder: Path, answers: Any) -> None:
    """In a process of its own: how much was done, seconds by the clock and of the processor, peak in MB."""
    wall, processor = time.perf_counter(), time.process_time()
    done = work(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put((done, time.perf_counter() - wall, time.process_time() - processor, peak))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    results: dict[str, Any] = {"rows": rows}
    spawned = get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="packshot-") as name:
        folder = Path(name)
        written(folder / "in.csv", rows)
        print(f"{'':<12}{'rows/s':>10}{'rows/CPU s':>12}{'peak MB':>10}")
        for what, work in (("import", came_in), ("again", came_in), ("google feed", went_out)):
            answers = spawned.SimpleQueue()
            process = spawned.Process(target=timed, args=(work, folder, answers))
            process.start()
            done, wall, processor, peak = answers.get()
            process.join()
            print(f"{what:<12}{rows / wall:>10.0f}{rows / processor:>12.0f}{peak:>10.0f}", flush=True)
            results[what] = {"done": done, "seconds": wall, "processor_seconds": processor, "peak_mb": peak}
    save("feeds", results, whole=rows == 1_000_000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
