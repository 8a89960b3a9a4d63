"""How soon the HTTP door speaks: seconds from the request to each event of `POST /photography/background`.

python benchmarks/streaming.py [--times 5]

A real server in a process of its own, on the sample photographs, one request at a time; then one request while all its
threads are busy with others.
"""

import argparse
import base64
import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ("mug-white", "bottle-amber", "carton-tea", "sneaker")
ROUTE = "/photography/background"


def events(client: httpx.Client, photo: Path) -> dict[str, float]:
    """Seconds after which each step was heard."""
    body = json.dumps({"image_b64": base64.b64encode(photo.read_bytes()).decode("ascii")})
    headers = {"Content-Type": "application/json"}
    heard: dict[str, float] = {}
    started = time.perf_counter()
    with client.stream("POST", ROUTE, content=body, headers=headers) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            heard[json.loads(line[:200].partition(',"seconds"')[0] + "}")["step"]] = time.perf_counter() - started
    return heard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times: int = parser.parse_args().times
    command = [sys.executable, "-m", "packshot", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            address = serving.stdout.readline().split()[2].rstrip(",")
            client = httpx.Client(base_url=address, timeout=300, trust_env=False)
            photos = [ROOT / "samples" / "pictures" / f"{name}.jpg" for name in PICTURES]
            first = events(client, photos[0])["accepted"]
            alone = [events(client, photo) for photo in photos for _ in range(times)]
            others = [threading.Thread(target=events, args=(client, photo)) for photo in photos[:3]]
            for other in others:
                other.start()
            time.sleep(0.5)
            busy = events(client, photos[3])["accepted"]
            for other in others:
                other.join()
        finally:
            serving.terminate()
    print(f"first event of the first request    {first * 1000:7.0f} ms")
    print(f"first event while three others run  {busy * 1000:7.0f} ms")
    for step in alone[0]:
        taken = sorted(each[step] for each in alone)
        print(f"{step:<10} median {statistics.median(taken):6.3f} s, slowest {taken[-1]:6.3f} s")


if __name__ == "__main__":
    main()
