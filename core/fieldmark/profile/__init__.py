"""Species profiles: how one species is identified, in a YAML file that people write."""

from fieldmark.profile.checks import Installed
from fieldmark.profile.loading import load_profile, read_profile
from fieldmark.profile.models import (
    DetectStep,
    EmbedStep,
    Encounter,
    Fusion,
    MatchStep,
    Pipeline,
    PreprocessStep,
    Profile,
    SideClassifier,
    Sides,
    Step,
)
from fieldmark.profile.resolved import resolved_text
from fieldmark.profile.schema import json_schema
from fieldmark.profile.shelf import (
    BASES,
    HOME,
    Found,
    every_profile,
    find_profile,
    find_profile_or_base,
    list_bases,
    list_profiles,
    shipped_folder,
    user_folder,
)
from fieldmark.profile.starting import new_profile_text

__all__ = [
    "BASES",
    "HOME",
    "DetectStep",
    "EmbedStep",
    "Encounter",
    "Found",
    "Fusion",
    "Installed",
    "MatchStep",
    "Pipeline",
    "PreprocessStep",
    "Profile",
    "SideClassifier",
    "Sides",
    "Step",
    "every_profile",
    "find_profile",
    "find_profile_or_base",
    "json_schema",
    "list_bases",
    "list_profiles",
    "load_profile",
    "new_profile_text",
    "read_profile",
    "resolved_text",
    "shipped_folder",
    "user_folder",
]
