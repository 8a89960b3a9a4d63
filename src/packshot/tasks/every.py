"""Every task there is, by its name."""

from importlib.util import find_spec

from packshot.tasks.backgrounds import ChangeBackground, change_background
from packshot.tasks.batches import Batch, BatchBegun, batch
from packshot.tasks.checks import CheckedImage, CheckImage, check_image
from packshot.tasks.enhance import EnhancedImage, EnhanceImage, can_be_made, enhance
from packshot.tasks.registry import Task


def every_task() -> dict[str, Task]:
    """By name. `listing` and `place` are among them where the libraries of its extra are there."""
    tasks = [
        Task("image.enhance", EnhanceImage, EnhancedImage, enhance, check=can_be_made),
        Task("image.background", ChangeBackground, EnhancedImage, change_background),
        Task("image.check", CheckImage, CheckedImage, check_image),
        Task("batch", Batch, BatchBegun, batch),
    ]
    if find_spec("langgraph") is not None:
        from packshot.tasks.listed import Listing, ListPhotographs
        from packshot.tasks.listings import listing
        from packshot.tasks.placing import PlacedProduct, place_product
        from packshot.workflows.asked import PlaceProduct

        tasks.append(Task("listing", ListPhotographs, Listing, listing))
        tasks.append(Task("place", PlaceProduct, PlacedProduct, place_product, assets=("product", "background")))
    return {task.name: task for task in tasks}
