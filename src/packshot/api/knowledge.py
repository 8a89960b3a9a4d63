"""What there is: tasks, recipes, steps, marketplaces, models; and what paid models have cost."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from packshot import plugins
from packshot.api.access import Reader, Shop
from packshot.api.problems import RESPONSES
from packshot.api.views import V1
from packshot.errors import NotFound, UnknownName
from packshot.marketplaces import Profile, profiles
from packshot.recipe import Recipe, shipped
from packshot.tasks.costs import By, summed
from packshot.tasks.models import installed

router = APIRouter(prefix=V1, tags=["what there is"], responses=RESPONSES)


class Named(BaseModel):
    """Something by its name, in a sentence."""

    name: str
    summary: str


class TaskView(Named):
    request: dict[str, Any] = Field(description="JSON schema of what is asked")
    result: dict[str, Any] = Field(description="JSON schema of what comes back")


class RecipeView(Named):
    digest: str = Field(description="of its steps and its output")
    recipe: dict[str, Any] = Field(description="every parameter spelt out; it can be handed in again, changed")
    text: str = Field(description="as a person reads it")


class StepView(Named):
    edit: str = Field(description="what it may do to the product")
    parameters: dict[str, Any] = Field(description="JSON schema of its parameters")


class ModelView(Named):
    kind: str
    version: str
    licence: str
    generative: bool
    changes_product: bool


@router.get("/tasks")
def tasks(shop: Shop, caller: Reader) -> list[TaskView]:
    """What can be submitted as a job."""
    return [
        TaskView(
            name=task.name,
            summary=task.summary,
            request=task.request.model_json_schema(),
            result=task.result.model_json_schema(),
        )
        for task in shop.tasks.values()
    ]


@router.get("/recipes")
def recipes(caller: Reader) -> list[Named]:
    """The recipes by name, marketplaces among them."""
    return [Named(name=name, summary=Recipe.named(name).summary) for name in shipped()]


@router.get("/recipes/{name}")
def recipe(name: str, caller: Reader) -> RecipeView:
    """One of them, with every parameter."""
    found = _known(Recipe.named, name)
    return RecipeView(
        name=found.name, summary=found.summary, digest=found.digest, recipe=found.as_data(), text=str(found)
    )


@router.get("/steps")
def steps(caller: Reader) -> list[StepView]:
    """The words of recipes, with the schema of their parameters."""
    return [_step(name) for name in plugins.offers("packshot.step")]


@router.get("/steps/{name}")
def step(name: str, caller: Reader) -> StepView:
    """One of them."""
    found: StepView = _known(_step, name)
    return found


def _step(name: str) -> StepView:
    kind = plugins.load("packshot.step", name)
    said = (kind.__doc__ or "").strip().partition("\n")[0]
    return StepView(name=name, summary=said, edit=kind.edit, parameters=kind.model_json_schema())


@router.get("/profiles")
def marketplaces(caller: Reader) -> list[Named]:
    """The marketplaces whose rules are known."""
    found = [Profile.named(name) for name in profiles()]
    return [Named(name=profile.name, summary=profile.summary) for profile in found]


@router.get("/profiles/{name}")
def marketplace(name: str, caller: Reader) -> dict[str, Any]:
    """The rules of one, each with its limit, its source and the day somebody last looked there."""
    found: dict[str, Any] = _known(Profile.named, name).model_dump(mode="json")
    return found


@router.get("/models")
def models(shop: Shop, caller: Reader) -> list[ModelView]:
    """The models that can be asked by name, and their licences."""
    return [
        ModelView(
            name=name,
            kind=kind,
            summary=card.summary,
            version=card.version,
            licence=card.licence,
            generative=card.generative,
            changes_product=card.changes_product,
        )
        for kind, name, card in installed(shop.services.models)
    ]


@router.get("/costs")
def costs(
    shop: Shop,
    caller: Reader,
    by: Annotated[By, Query(description="what is summed up")] = "provider",
    since: Annotated[AwareDatetime | None, Query(description="only calls since then")] = None,
    job: Annotated[str | None, Query(max_length=191, description="only calls of this job")] = None,
) -> list[dict[str, Any]]:
    """What paid models have cost, from the ledger."""
    calls = shop.ledger_of(caller.tenant).calls(job=job, since=since)
    return [cost.as_data() for cost in summed(calls, by)]


def _known(find: Any, name: str) -> Any:
    """What stands in an address and is not there is a 404."""
    try:
        return find(name)
    except UnknownName as error:
        raise NotFound(error.message, hint=error.hint) from None
