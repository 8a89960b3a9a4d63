"""Printed artwork for invented brands, drawn with Pillow."""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = {
    "serif": ("P052-Roman.otf", "DejaVuSerif.ttf"),
    "serif-bold": ("P052-Bold.otf", "DejaVuSerif-Bold.ttf"),
    "serif-italic": ("P052-Italic.otf", "DejaVuSerif-Italic.ttf"),
    "round": ("URWGothic-Book.otf", "DejaVuSans.ttf"),
    "round-bold": ("URWGothic-Demi.otf", "DejaVuSans-Bold.ttf"),
    "sans": ("NimbusSans-Regular.otf", "LiberationSans-Regular.ttf", "DejaVuSans.ttf"),
    "sans-bold": ("NimbusSans-Bold.otf", "LiberationSans-Bold.ttf", "DejaVuSans-Bold.ttf"),
    "narrow": ("NimbusSansNarrow-Regular.otf", "DejaVuSansCondensed.ttf"),
}


def font(kind: str, size: float) -> ImageFont.FreeTypeFont:
    """The first installed font of a kind."""
    for name in FONTS[kind]:
        try:
            return ImageFont.truetype(name, round(size))
        except OSError:
            continue
    raise RuntimeError(f"no font for {kind!r}: install fonts-urw-base35 or fonts-dejavu-core")


class Sheet:
    """A sheet of paper measured in millimetres."""

    def __init__(self, width: float, height: float, paper: str, dots_per_mm: float = 24.0) -> None:
        self.scale = dots_per_mm
        self.size = (width, height)
        self.image = Image.new("RGB", (round(width * dots_per_mm), round(height * dots_per_mm)), paper)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, words: str, kind: str, height: float, ink: str, anchor: str = "ms", track: float = 0.0
    ) -> None:
        """One line at a baseline; ``track`` adds letter spacing in millimetres."""
        face = font(kind, height * self.scale * 1.38)
        px, py = x * self.scale, y * self.scale
        if not track:
            self.draw.text((px, py), words, ink, face, anchor)
            return
        widths = [face.getlength(letter) + track * self.scale for letter in words]
        total = sum(widths) - track * self.scale
        px -= {"m": total / 2, "l": 0.0, "r": total}[anchor[0]]
        for letter, width in zip(words, widths, strict=True):
            self.draw.text((px, py), letter, ink, face, "ls")
            px += width

    def paragraph(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        height: float,
        ink: str,
        kind: str = "narrow",
        centre: bool = False,
    ) -> float:
        """Small print, wrapped; returns the baseline below the last line."""
        face = font(kind, height * self.scale * 1.38)
        line: list[str] = []
        for word in [*words.split(), ""]:
            if line and (not word or face.getlength(" ".join([*line, word])) > width * self.scale):
                self.text(
                    x + width / 2 if centre else x, y, " ".join(line), kind, height, ink, "ms" if centre else "ls"
                )
                y += height * 1.75
                line = []
            line.append(word)
        return y

    def rule(self, x0: float, y: float, x1: float, weight: float, ink: str) -> None:
        s = self.scale
        self.draw.rectangle((x0 * s, (y - weight / 2) * s, x1 * s, (y + weight / 2) * s), fill=ink)

    def block(self, x0: float, y0: float, x1: float, y1: float, ink: str) -> None:
        s = self.scale
        self.draw.rectangle((x0 * s, y0 * s, x1 * s, y1 * s), fill=ink)

    def frame(self, inset: float, weight: float, ink: str, radius: float = 0.0) -> None:
        s = self.scale
        area = (inset * s, inset * s, (self.size[0] - inset) * s, (self.size[1] - inset) * s)
        self.draw.rounded_rectangle(area, radius * s, outline=ink, width=max(1, round(weight * s)))

    def disc(
        self, x: float, y: float, radius: float, ink: str | None, outline: str | None = None, weight: float = 0.2
    ) -> None:
        s = self.scale
        area = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.draw.ellipse(area, fill=ink, outline=outline, width=max(1, round(weight * s)))

    def barcode(self, x: float, y: float, width: float, height: float, digits: str) -> None:
        rng = random.Random(digits)
        self.block(x - 2, y - 1.5, x + width + 2, y + height + 3.5, "#ffffff")
        position = x
        while position < x + width - 1:
            bar = rng.choice((0.25, 0.25, 0.5, 0.75))
            self.block(position, y, position + bar, y + height, "#151515")
            position += bar + rng.choice((0.25, 0.5, 0.75))
        self.text(x + width / 2, y + height + 2.6, digits, "sans", 1.7, "#151515", track=0.5)

    def sprig(self, x: float, y: float, height: float, ink: str, leaves: int = 7, lean: float = 0.0) -> None:
        """A line-drawn sprig of leaves."""
        s = self.scale
        stem = []
        for k in range(40):
            t = k / 39
            stem.append(((x + lean * height * t * t) * s, (y - height * t) * s))
        self.draw.line(stem, fill=ink, width=max(1, round(0.22 * s)), joint="curve")
        for k in range(leaves):
            t = 0.18 + 0.8 * k / leaves
            cx, cy = stem[int(t * 39)]
            for sign in (-1, 1):
                angle = -math.pi / 2 + sign * (0.95 - 0.4 * t) + lean * t
                self._leaf(cx, cy, height * s * 0.26 * (1.15 - 0.7 * t), angle, ink)

    def _leaf(self, x: float, y: float, length: float, angle: float, ink: str) -> None:
        outline = []
        for side in (1, -1):
            steps = range(13) if side == 1 else range(12, -1, -1)
            for k in steps:
                t = k / 12
                across = side * 0.15 * length * math.sin(math.pi * t**0.8)
                along = t * length
                outline.append(
                    (
                        x + along * math.cos(angle) - across * math.sin(angle),
                        y + along * math.sin(angle) + across * math.cos(angle),
                    )
                )
        self.draw.polygon(outline, fill=ink)

    def save(self, path: Path) -> Path:
        self.image.filter(ImageFilter.GaussianBlur(0.6)).save(path)
        return path


def body_wash(path: Path) -> Path:
    """Front label of the amber bottle, 105 x 78 mm."""
    s = Sheet(105, 78, "#f3efe6", 20)
    ink, rust = "#23231f", "#9a4a2c"
    m = 52.5
    s.rule(m - 22, 8, m + 22, 0.25, ink)
    s.text(m, 17, "HALDEN & MOSS", "serif", 3.7, ink, track=0.55)
    s.text(m, 22.6, "APOTHECARY · EST. IN A KITCHEN", "sans", 1.35, ink, track=0.25)
    s.sprig(m, 40, 13, rust, 6)
    s.text(m, 48.5, "cedar & bergamot", "serif-italic", 4.6, ink)
    s.text(m, 54.4, "HAND AND BODY WASH", "sans", 1.8, ink, track=0.5)
    s.rule(m - 22, 58.5, m + 22, 0.18, ink)
    fine = (
        "Aqua, sodium coco-sulfate, glycerin, coco-glucoside, cedrus atlantica bark oil, citrus bergamia peel oil, "
        "rosmarinus leaf extract, citric acid, sodium benzoate, limonene*, linalool*. *from essential oils."
    )
    s.paragraph(m - 22, 62, 44, fine, 1.05, ink, centre=True)
    s.text(m - 21.5, 74.6, "No. 04", "serif-italic", 1.9, rust, "ls")
    s.text(m + 21.5, 74.6, "250 ml e 8.4 fl oz", "sans", 1.6, ink, "rs")
    s.barcode(88, 14, 13, 30, "4 071822 330914")
    s.paragraph(
        3, 16, 20, "For external use. Keep away from eyes. Store below 25 °C. Refill: bring the bottle back.", 1.3, ink
    )
    return s.save(path)


def lotion(path: Path) -> Path:
    """Label of the white pump bottle, 110 x 80 mm."""
    s = Sheet(110, 80, "#e9ece6", 18)
    ink, green = "#2b3a34", "#4f7462"
    m = 55
    s.block(0, 0, 110, 16, green)
    s.text(m, 11, "alder&fen", "round-bold", 6.2, "#f4f5ef", track=0.15)
    s.text(m, 28, "oat milk", "round", 7.2, ink, track=0.1)
    s.text(m, 36.5, "hand lotion", "round", 5.0, ink, track=0.1)
    s.sprig(m - 7, 56, 13, green, 6, -0.3)
    s.sprig(m + 7, 56, 13, green, 6, 0.3)
    s.sprig(m, 56, 16, green, 7)
    s.text(m, 63, "unscented  ·  for dry skin  ·  vegan", "round", 1.9, ink, track=0.08)
    s.rule(m - 21, 66, m + 21, 0.2, green)
    s.paragraph(
        m - 21,
        69.2,
        42,
        "Apply to clean skin as often as you like. Contains avena sativa kernel extract.",
        1.2,
        ink,
        centre=True,
    )
    s.text(m, 77, "300 ml  e  10.1 fl oz", "round", 1.7, ink)
    return s.save(path)


def honey(path: Path) -> Path:
    """Label of the honey jar, 120 x 52 mm."""
    s = Sheet(120, 52, "#f6f0df", 18)
    ink, gold = "#3a2a18", "#b57a1c"
    m = 60
    s.block(0, 0, 120, 3, gold)
    s.block(0, 49, 120, 52, gold)
    s.text(m, 15, "Bramble Lane", "serif-bold", 6.0, ink)
    s.text(m, 21, "WILDFLOWER HONEY", "sans", 2.1, gold, track=0.55)
    for dx, dy in ((0, 0), (5.2, 0), (-5.2, 0), (2.6, 4.5), (-2.6, 4.5)):
        points = [
            (
                (m + dx + 2.8 * math.sin(k * math.pi / 3)) * s.scale,
                (28.2 + dy + 2.8 * math.cos(k * math.pi / 3)) * s.scale,
            )
            for k in range(7)
        ]
        s.draw.line(points, fill=ink, width=6)
    s.text(m, 43, "raw · unfiltered · from our own forty hives", "serif-italic", 2.1, ink)
    s.text(m - 24, 47, "BEST BEFORE 11/27  LOT 0318", "sans", 1.15, ink, "ls")
    s.text(m + 24, 47, "340 g  12 oz", "sans-bold", 1.6, ink, "rs")
    s.barcode(96, 12, 18, 24, "5 012008 446120")
    return s.save(path)


def carton_atlas(path: Path, size: tuple[float, float, float], style: str) -> Path:
    """The faces of a carton side by side: front, right, back, left, then top and bottom (mm)."""
    width, depth, height = size
    sheet_width = 2 * width + 2 * depth
    paper = {"tea": "#1f3d3a", "cream": "#efe3dc", "kraft": "#c49a6c"}[style]
    s = Sheet(sheet_width, height + depth, paper, 14)
    draw = {"tea": _tea_faces, "cream": _cream_faces, "kraft": _kraft_faces}[style]
    draw(s, width, depth, height)
    return s.save(path)


def _tea_faces(s: Sheet, w: float, d: float, h: float) -> None:
    pale, gold = "#efe9d8", "#d7a447"
    for x in (w / 2, w + d + w / 2):
        s.text(x, h * 0.17, "NORDVIK", "serif", 6.6, pale, track=1.3)
        s.text(x, h * 0.17 + 6, "TEA MERCHANTS", "sans", 1.9, gold, track=0.9)
        s.disc(x, h * 0.47, w * 0.29, None, gold, 0.5)
        s.disc(x, h * 0.47, w * 0.27, None, gold, 0.2)
        for lean in (-0.55, 0.0, 0.55):
            s.sprig(x, h * 0.47 + w * 0.18, w * 0.36, gold if lean else pale, 6, lean)
        s.text(x, h * 0.76, "Smoked Earl Grey", "serif-italic", 5.0, pale)
        s.text(x, h * 0.76 + 6.0, "black tea with bergamot & lapsang", "sans", 2.0, pale)
        s.rule(x - w * 0.3, h * 0.86, x + w * 0.3, 0.25, gold)
        s.text(x, h * 0.92, "20 BAGS  ·  NET WT 50 g (1.76 oz)", "sans", 1.8, pale, track=0.2)
    x = w + 4
    s.text(w + d / 2, h * 0.12, "TO BREW", "sans-bold", 2.4, gold, track=0.6)
    y = s.paragraph(
        x,
        h * 0.18,
        d - 8,
        "One bag, 200 ml of water just off the boil, three to four minutes. Good with milk, better with lemon.",
        1.75,
        pale,
    )
    s.rule(x, y, w + d - 4, 0.2, gold)
    y = s.paragraph(
        x,
        y + 4,
        d - 8,
        "Ingredients: black tea (84 %), smoked black tea (12 %), natural bergamot flavouring, "
        "cornflower petals. May contain traces of nuts. Store cool and dry.",
        1.55,
        pale,
    )
    s.barcode(w + d / 2 - 11, h * 0.74, 22, 13, "7 038010 552716")
    s.text(w * 1.5 + d * 1.5, h * 0.5, "NORDVIK", "serif", 4, gold, track=0.8)
    s.text(w / 2, h + d * 0.55, "NORDVIK", "serif", 5, gold, track=1.0)


def _cream_faces(s: Sheet, w: float, d: float, h: float) -> None:
    ink, blush = "#3c2a2a", "#c9846f"
    for x in (w / 2, w + d + w / 2):
        s.block(x - w / 2, h * 0.60, x + w / 2, h, blush)
        s.text(x, h * 0.15, "aurelle", "round", 6.6, ink, track=0.3)
        s.text(x, h * 0.15 + 5, "SKIN · PARIS ROAD", "sans", 1.5, ink, track=0.6)
        s.text(x, h * 0.37, "barrier", "serif-italic", 6.0, ink)
        s.text(x, h * 0.37 + 7.5, "repair cream", "serif-italic", 6.0, ink)
        s.text(x, h * 0.53, "ceramides  +  squalane", "sans", 1.8, ink, track=0.2)
        s.disc(x, h * 0.72, w * 0.11, None, "#f6ece6", 0.5)
        s.text(x, h * 0.72 + 1.6, "48h", "round-bold", 3.6, "#f6ece6")
        s.text(x, h * 0.88, "50 ml  e  1.7 fl oz", "sans", 1.9, "#f6ece6", track=0.15)
        s.text(x, h * 0.93, "dermatologist tested", "sans", 1.5, "#f6ece6", track=0.15)
    s.block(w, h * 0.60, w + d, h, blush)
    s.block(2 * w + d, h * 0.60, 2 * w + 2 * d, h, blush)
    x = w + 3.5
    s.text(x, h * 0.12, "how to use", "serif-italic", 3.0, ink, "ls")
    y = s.paragraph(
        x, h * 0.17, d - 7, "Smooth over face and neck morning and night. Follow with sunscreen by day.", 1.6, ink
    )
    s.text(x, y + 4, "ingredients", "serif-italic", 3.0, ink, "ls")
    s.paragraph(
        x,
        y + 8,
        d - 7,
        "Aqua, squalane, glycerin, cetearyl alcohol, ceramide NP, ceramide AP, "
        "cholesterol, panthenol, tocopherol, xanthan gum.",
        1.45,
        ink,
    )
    s.barcode(w + d / 2 - 9, h * 0.70, 18, 12, "3 760042 118205")
    s.text(w / 2, h + d * 0.55, "aurelle", "round", 5, ink, track=0.3)


def _kraft_faces(s: Sheet, w: float, d: float, h: float) -> None:
    ink = "#2a211a"
    rng = random.Random(5)
    for _ in range(2600):
        x, y = rng.uniform(0, s.size[0]), rng.uniform(0, s.size[1])
        length, angle = rng.uniform(0.4, 1.8), rng.uniform(0, math.pi)
        tone = rng.choice(("#b98d5e", "#cfa97c", "#a67c50"))
        end = (x + length * math.cos(angle), y + length * math.sin(angle))
        s.draw.line((x * s.scale, y * s.scale, end[0] * s.scale, end[1] * s.scale), fill=tone, width=2)
    for x in (w / 2, w + d + w / 2):
        s.block(x - w * 0.36, h * 0.12, x + w * 0.36, h * 0.52, ink)
        s.text(x, h * 0.24, "OATFIELD", "sans-bold", 7.0, "#e8cfae", track=0.5)
        s.text(x, h * 0.35, "honey & almond", "serif-italic", 5.0, "#e8cfae")
        s.text(x, h * 0.45, "GRANOLA", "sans", 4.4, "#e8cfae", track=1.6)
        s.text(x, h * 0.62, "slow baked in small trays", "serif-italic", 3.4, ink)
        s.sprig(x - 5, h * 0.83, h * 0.16, ink, 7, -0.25)
        s.sprig(x + 5, h * 0.83, h * 0.16, ink, 7, 0.25)
        s.text(x, h * 0.93, "400 g  ·  14 oz", "sans-bold", 2.8, ink)
    s.text(w + 5, h * 0.12, "NUTRITION per 100 g", "sans-bold", 2.2, ink, "ls")
    rows = (
        "Energy 1890 kJ / 451 kcal",
        "Fat 17 g",
        "of which saturates 2.1 g",
        "Carbohydrate 58 g",
        "of which sugars 14 g",
        "Fibre 8.2 g",
        "Protein 12 g",
        "Salt 0.05 g",
    )
    for k, row in enumerate(rows):
        s.text(w + 5, h * 0.17 + k * 4.4, row, "sans", 1.9, ink, "ls")
        s.rule(w + 5, h * 0.17 + k * 4.4 + 1.2, w + d - 5, 0.12, ink)
    s.barcode(w + d / 2 - 12, h * 0.72, 24, 16, "5 060771 900218")
