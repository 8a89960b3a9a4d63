"""What one would use instead, as programs of their own, so that their CPU seconds can be told apart.

python benchmarks/rivals.py rembg MODEL.onnx OUT PHOTOS...
python benchmarks/rivals.py floor OUT PHOTOS...
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

SIDE = 2000  # pixels, longest side of what comes out
BUDGET = 500_000  # bytes


def rembg_script(model: str, out: Path, photos: list[Path]) -> None:
    """rembg's own steps around its network, and what scripts around rembg do then: white, 2000 pixels, 500 kB."""
    import numpy as np
    import onnxruntime
    from PIL import Image, ImageOps

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    for photo in photos:
        picture = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
        small = np.asarray(picture.resize((320, 320), Image.Resampling.LANCZOS), np.float64)
        ready = ((small / max(small.max(), 1e-6) - mean) / spread).transpose(2, 0, 1)[None].astype(np.float32)
        answer: Any = session.run(None, {"photo": ready})[0]
        found = answer[0, 0]
        found = (found - found.min()) / max(float(found.max() - found.min()), 1e-6)
        mask = Image.fromarray((found * 255).astype(np.uint8)).resize(picture.size, Image.Resampling.LANCZOS)
        cut_out = Image.composite(picture.convert("RGBA"), Image.new("RGBA", picture.size, 0), mask)
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        finished = Image.alpha_composite(ground, cut_out).convert("RGB")
        finished.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        for quality in (92, 87, 82, 77, 72, 67, 62):
            data = BytesIO()
            finished.save(data, "JPEG", quality=quality)
            if data.tell() <= BUDGET:
                break
        (out / f"{photo.stem}.jpg").write_bytes(data.getvalue())


def floor(out: Path, photos: list[Path]) -> None:
    """Decode at the size needed, resize, encode once: what no tool can do without."""
    import cv2
    import simplejpeg

    cv2.setNumThreads(1)
    for photo in photos:
        data = photo.read_bytes()
        rgb = simplejpeg.decode_jpeg(data, colorspace="RGB", min_width=SIDE)
        scale = SIDE / max(rgb.shape[:2])
        size = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        (out / f"{photo.stem}.jpg").write_bytes(simplejpeg.encode_jpeg(small, quality=85, colorspace="RGB"))


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "rembg":
        rembg_script(rest[0], Path(rest[1]), [Path(name) for name in rest[2:]])
    elif what == "floor":
        floor(Path(rest[0]), [Path(name) for name in rest[1:]])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
