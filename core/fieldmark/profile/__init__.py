"""Species profiles: how one species is identified, in a YAML file that people write."""

from fieldmark.profile.checks import Installed
from fieldmark.profile.loading import load_profile, new_profile_text, read_profile
from fieldmark.profile.models import (
    DetectStep,
    EmbedStep,
    Encounter,
    Fusion,
    MatchStep,
    Pipeline,
    PreprocessStep,
    Profile,
    Sides,
    Step,
)
from fieldmark.profile.schema import json_schema
from fieldmark.profile.shelf import (
    HOME,
    Found,
    find_profile,
    list_profiles,
    shipped_folder,
    user_folder,
)

__all__ = [
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
    "Sides",
    "Step",
    "find_profile",
    "json_schema",
    "list_profiles",
    "load_profile",
    "new_profile_text",
    "read_profile",
    "shipped_folder",
    "user_folder",
]
