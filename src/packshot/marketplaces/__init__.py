"""The rules of marketplaces for their main pictures, as data; and a finished file checked against them.

A profile is a YAML file of rules, each with its limit, its source and the day somebody last looked there. `check` is a
pure function from the facts of a file to a report. A profile is also a recipe: `recipe_for` derives it.
"""

from packshot.marketplaces.facts import FileFacts, Product
from packshot.marketplaces.locate import subject, subject_of_alpha
from packshot.marketplaces.making import encoding_for, recipe_for, recipes
from packshot.marketplaces.measures import MEASURES
from packshot.marketplaces.profile import CONFIDENCE, Making, Profile, Rule, Source, profiles, template
from packshot.marketplaces.report import Finding, Report, check

__all__ = [
    "CONFIDENCE",
    "MEASURES",
    "FileFacts",
    "Finding",
    "Making",
    "Product",
    "Profile",
    "Report",
    "Rule",
    "Source",
    "check",
    "encoding_for",
    "profiles",
    "recipe_for",
    "recipes",
    "subject",
    "subject_of_alpha",
    "template",
]
