"""Synthetic surveys: invented animals with grown coats, photographed by invented camera traps.

Identity is in the coat alone. Start with :func:`demo_plan` and :func:`write_survey`; for training,
use :func:`render_chip`.
"""

from fieldmark.synthetic.chips import render_chip
from fieldmark.synthetic.patterns import Coat, Flank, Kind, grow_coat
from fieldmark.synthetic.plan import Sighting, SurveyPlan, demo_plan, schedule
from fieldmark.synthetic.shots import Picture
from fieldmark.synthetic.survey import Survey, render_photo, write_survey

__all__ = [
    "Coat",
    "Flank",
    "Kind",
    "Picture",
    "Sighting",
    "Survey",
    "SurveyPlan",
    "demo_plan",
    "grow_coat",
    "render_chip",
    "render_photo",
    "schedule",
    "write_survey",
]
