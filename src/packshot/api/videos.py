"""The routes of the video service that came before: `/api/process-video`, `job-status`, `results` and `image`.

They show any job in its words. Videos themselves come with a later version, and until then the first says so.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from packshot.api.access import Reader, Shop, Writer
from packshot.api.enhancing import WORDS
from packshot.api.files import sent
from packshot.api.problems import RESPONSES
from packshot.api.views import V1
from packshot.errors import InputError, NotFound, NotMadeYet
from packshot.tasks.pictures import image_of, rendition_of
from packshot.wiring import Workshop

router = APIRouter(prefix="/api", tags=["video"], responses=RESPONSES)


class ProcessVideo(BaseModel):
    youtube_url: str = Field(max_length=4000, examples=["https://www.youtube.com/watch?v=dQw4w9WgXcQ"])


class JobStatus(BaseModel):
    """How a job stands."""

    job_id: str
    status: str = Field(description="processing, completed or error")
    current_step: str
    progress: int = Field(description="0..100")
    error: str | None


class Results(BaseModel):
    """What came of a job, by product."""

    job_id: str
    status: str
    products: list[dict[str, str]]
    best_frames: dict[str, str]
    segmented_images: dict[str, str]
    enhanced_images: dict[str, list[str]]
    segmentation_errors: dict[str, str]
    enhancement_errors: dict[str, str]


@router.post("/process-video", responses={501: RESPONSES["default"]})
def process_video(asked: ProcessVideo, caller: Writer) -> JobStatus:
    """Find the products of a video. Not in this version yet: the answer is a problem that says what there is."""
    raise NotMadeYet(
        "products are not found in videos yet", hint=f"hand in pictures instead: POST {V1}/images, then {V1}/renditions"
    )


@router.get("/job-status/{job_id}")
def job_status(job_id: str, shop: Shop, caller: Reader) -> JobStatus:
    """How a job stands; completed and error are the last."""
    state = shop.store.state(job_id, caller.tenant)
    error = state.error or ({"message": "the job was cancelled"} if state.status == "cancelled" else {})
    step = {"waiting": "Starting...", "done": "Complete!"}.get(state.status, state.current_step or "Starting...")
    return JobStatus(
        job_id=job_id,
        status=WORDS[state.status],
        current_step=step,
        progress=round(100 * state.progress),
        error=error.get("message") if state.is_over and state.status != "done" else None,
    )


@router.get("/results/{job_id}")
def results(job_id: str, shop: Shop, caller: Reader) -> Results:
    """What came of a job that is over."""
    state = shop.store.state(job_id, caller.tenant)
    if not state.is_over:
        raise InputError("Job not completed yet", hint=f"follow {V1}/jobs/{job_id}/events")
    found = Results(
        job_id=job_id,
        status=WORDS[state.status],
        products=[],
        best_frames={},
        segmented_images={},
        enhanced_images={},
        segmentation_errors={},
        enhancement_errors={},
    )
    made = state.result or {}
    name = str(state.request.get("name") or "product")
    if state.status != "done":
        found.enhancement_errors[name] = str((state.error or {}).get("message", "the job was cancelled"))
    elif "rendition" in made:
        image = image_of(shop.memory.sessions, made["image"], caller.tenant)
        here = f"/api/image/{job_id}"
        found.products.append({"name": image.name, "description": f"{made['recipe']}, score {made['score']:.0f}"})
        found.best_frames[image.name] = f"{here}/original/{image.id}"
        found.enhanced_images[image.name] = [f"{here}/enhanced/{made['rendition']}.{made['format']}"]
    return found


@router.get(
    "/image/{job_id}/{image_type}/{filename}", response_class=Response, responses={200: {"content": {"image/*": {}}}}
)
def image(
    job_id: str,
    image_type: str,
    filename: str,
    shop: Shop,
    caller: Reader,
    if_none_match: Annotated[str | None, Header(max_length=400)] = None,
) -> Response:
    """A picture of a job, by the names that its results have. Names are looked up, never made into a path."""
    made: dict[str, Any] = shop.store.state(job_id, caller.tenant).result or {}
    asset = _asset(shop, caller.tenant, made, image_type, filename)
    if asset is None:
        raise NotFound("Image not found", hint=f"GET /api/results/{job_id} names those there are")
    return sent(shop.memory.assets, asset, if_none_match)


def _asset(shop: Workshop, tenant: str, made: dict[str, Any], kind: str, name: str) -> str | None:
    if kind == "enhanced" and "rendition" in made and name == f"{made['rendition']}.{made['format']}":
        return rendition_of(shop.memory.sessions, made["rendition"], tenant).asset
    if kind == "original" and name == made.get("image"):
        return image_of(shop.memory.sessions, name, tenant).asset
    return None
