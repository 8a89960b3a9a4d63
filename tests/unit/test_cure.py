"""What a cure says where it did not help: what was tried, and what came of it."""

from pathlib import Path

from marketplace_pictures import Case, checked, jar, receipt, saved, step

from packshot.marketplaces import Profile
from packshot.tasks.cure import Cured


def test_where_the_recipe_did_not_help_its_outcome_is_told_instead_of_the_advice_to_try_it() -> None:
    walmart, photo, remade = Profile.named("walmart"), saved(jar(ground=(120, 120, 120))), jar()
    remade[15, 580] = (231, 231, 231)
    data = saved(remade)
    doubtful = receipt(data, step("place")).model_copy(update={"verdict": "doubtful", "confidence": 0.09})
    before, tried = checked(Case(photo), walmart), checked(Case(data, receipt=doubtful), walmart)

    done = Cured(Path("jar.png"), Path("out.png"), "the recipe walmart", before, before, kept=True, tried=tried)

    why = next(line for line in done.why_left(walmart) if line.startswith("background"))
    assert why.startswith("background: 0.0% of the background is 255,255,255")
    assert "; made anew, 99.99% of the background is 255,255,255" in why
    assert "lay the background anew" not in why
    assert done.look == "the cutout is 9% sure"
    assert not done.cured
