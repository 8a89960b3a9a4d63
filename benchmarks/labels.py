"""Which reader reads labels better, and what the recipes do to labels.

    python benchmarks/labels.py [--quick]

Readers are scored on the samples, whose print is known: of each printed line, the edits to the nearest line that was
read. Recipes run with the guard on over the samples, and over those real photographs on which at least two lines can be
read for certain. Some of these pictures were looked at when the guard was
made (docs/decisions/050), so the figures say how it does here, not how it would do on others.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import packshot
from packshot.errors import PackshotError
from packshot.label.guard import CERTAIN
from packshot.label.reading import edits, letters
from packshot.ports import TextReader
from packshot.services import Services
from packshot.tasks.images import Wishes, process_image
from packshot.tasks.order import Adjustments
from packshot.tasks.recipes import adjusted, open_recipe
from packshot.wiring import open_services
from report import REPOSITORY, save, table, test_data

READERS = ("rapidocr", "tesseract")
RECIPES = ("sharpen", "upscale", "full", "marketplace-white")
SAMPLES = REPOSITORY / "samples" / "pictures"

# What samples/studio/labels.py prints on the side that the camera sees, without what goes around a bend.
PRINTED: Mapping[str, Sequence[str]] = {
    "bottle-amber": (
        "HALDEN & MOSS",
        "APOTHECARY · EST. IN A KITCHEN",
        "cedar & bergamot",
        "HAND AND BODY WASH",
        "No. 04",
        "250 ml e 8.4 fl oz",
    ),
    "carton-tea": (
        "NORDVIK",
        "TEA MERCHANTS",
        "Smoked Earl Grey",
        "black tea with bergamot & lapsang",
        "20 BAGS · NET WT 50 g (1.76 oz)",
        "TO BREW",
    ),
    "cream-desk": (
        "aurelle",
        "SKIN · PARIS ROAD",
        "barrier",
        "repair cream",
        "ceramides + squalane",
        "48h",
        "50 ml e 1.7 fl oz",
        "dermatologist tested",
    ),
    "granola-linen": ("OATFIELD", "honey & almond", "GRANOLA", "slow baked in small trays", "400 g · 14 oz"),
    "honey-kitchen": ("Bramble Lane", "WILDFLOWER HONEY"),
    "lotion-cropped": ("alder&fen", "oat milk", "hand lotion"),
}


def score_of(reader: TextReader) -> dict[str, Any]:
    """Lines read without an error, edits per printed letter, and CPU seconds a picture of this process."""
    right = total = wrong = printed = 0
    started = time.perf_counter()
    for name, words in PRINTED.items():
        lines = [letters(line.text) for line in reader.read(packshot.read(SAMPLES / f"{name}.jpg"))]
        for text in map(letters, words):
            nearest = min((edits(text, line).distance for line in lines), default=len(text))
            right, total = right + (nearest == 0), total + 1
            wrong, printed = wrong + min(nearest, len(text)), printed + len(text)
    seconds = (time.perf_counter() - started) / len(PRINTED)
    return {
        "reader": reader.card.name,
        "lines right": f"{right} of {total}",
        "error rate": round(wrong / printed, 3),
        "seconds a picture": round(seconds, 2),
    }


def readable(paths: Sequence[Path], reader: TextReader) -> list[Path]:
    """Photographs with at least two lines of four letters or more that are read for certain."""
    kept = []
    for path in paths:
        lines = reader.read(packshot.read(path))
        if sum(line.confidence >= CERTAIN and len(letters(line.text)) >= 4 for line in lines) >= 2:
            kept.append(path)
    return kept


def row_of(recipe: str, paths: Sequence[Path], services: Services) -> dict[str, Any]:
    """Verdicts over the pictures, letters over all, and how often a step was held back."""
    verdicts = dict.fromkeys(("kept", "better", "worse", "no-text"), 0)
    wrong = total = refused = held = 0
    new = ""
    worse = []
    for path in paths:
        asked = Adjustments(guard_text=READERS[0])
        chosen = adjusted(open_recipe(recipe, services.settings), asked)
        try:
            made = process_image(path.read_bytes(), chosen, services, Wishes(guard_text=READERS[0]), name=path.name)
        except PackshotError:
            refused += 1
            continue
        text = made.manifest.text or {}
        verdicts[text["verdict"]] += 1
        read = [line for line in text["lines"] if line["before"] and line["letters"]]
        wrong += sum(line["errors"] for line in read)
        total += sum(line["letters"] for line in read)
        new += text["new_characters"]
        held += sum(bool(step.facts.get("text", {}).get("held_back")) for step in made.manifest.steps)
        if text["verdict"] == "worse":
            worse.append({"picture": path.name, "reasons": text["reasons"]})
    return {
        "recipe": recipe,
        **verdicts,
        "no clear product": refused,
        "letters": total,
        "error rate": round(wrong / max(1, total), 4),
        "new": len(new),
        "held back": held,
        "those worse": worse,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="every fourth photograph")
    quick = asked.parse_args().quick
    services = open_services()
    scores = [score_of(services.models.reader(name)) for name in READERS]
    print(table(list(scores[0]), [list(score.values()) for score in scores]))
    data = test_data()
    photographs = [] if data is None else sorted((data / "products").glob("*.jpg"))[:: 4 if quick else 1]
    real = readable(photographs, services.models.reader(READERS[0]))
    groups = {"samples": [SAMPLES / f"{name}.jpg" for name in PRINTED], "photographs": real}
    results: dict[str, Any] = {"readers": scores}
    for group, paths in groups.items():
        rows = [row_of(recipe, paths, services) for recipe in RECIPES] if paths else []
        results[group] = {"pictures": len(paths), "recipes": rows}
        if rows:
            shown = [name for name in rows[0] if name != "those worse"]
            print(f"\n{group}: {len(paths)} pictures")
            print(table(shown, [[row[name] for name in shown] for row in rows]))
    save("labels", results, whole=not quick and data is not None)


if __name__ == "__main__":
    main()
