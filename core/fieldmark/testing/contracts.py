"""Which checks are run on what, in which order, and what comes of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal, TypeAlias

from fieldmark.components import Component, Role
from fieldmark.hookspecs import GROUP
from fieldmark.pluginload import BrokenError, collect
from fieldmark.testing import (
    detectors,
    embedders,
    matchers,
    matchers_rules,
    matchers_storage,
    preprocessors,
    records,
    trainings,
)
from fieldmark.testing.subjects import ContractError, Subject
from fieldmark.wording import did_you_mean

Check: TypeAlias = Callable[[Subject], None]
Status: TypeAlias = Literal["passed", "failed", "skipped", "known"]

_GATES: Mapping[Role, Sequence[Check]] = {
    Role.DETECTOR: detectors.GATES,
    Role.PREPROCESSOR: preprocessors.GATES,
    Role.EMBEDDER: embedders.GATES,
    Role.MATCHER: matchers.GATES,
}
"""Checks without which the others of the role say nothing, each building on the one before."""

_CHECKS: Mapping[Role, Sequence[Check]] = {
    Role.DETECTOR: detectors.CHECKS,
    Role.PREPROCESSOR: preprocessors.CHECKS,
    Role.EMBEDDER: embedders.CHECKS,
    Role.MATCHER: (*matchers.CHECKS, *matchers_rules.CHECKS, *matchers_storage.CHECKS),
}
_NEEDS: Mapping[Check, Check] = {
    matchers.search_breaks_ties_by_number: matchers.search_sorts_by_score,
    matchers_rules.rules_forbid_everything: matchers_rules.rules_forbid_candidates,
    matchers_rules.rules_forbid_evidence: matchers_rules.rules_forbid_candidates,
    matchers_rules.rules_weigh_evidence: matchers_rules.rules_forbid_candidates,
    matchers_storage.remove_shrinks_the_index: matchers_storage.add_grows_the_index,
    matchers_storage.save_and_load_agree: matchers_storage.add_grows_the_index,
    matchers_storage.save_keeps_an_empty_index: matchers.search_survives_an_empty_gallery,
}
"""Checks that meet the fault of another check on their way."""


@dataclass(frozen=True)
class Outcome:
    """What one check says of one component.

    Attributes:
        subject: `plugin:<module>` or `<role>:<name>`.
        check: the check's name.
        status: `passed`, `failed`, `skipped` because what it builds on fails, or `known` to fail.
        reason: in words, unless it passed.
    """

    subject: str
    check: str
    status: Status
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status:8}{self.subject}  {self.check}  {self.reason}".rstrip()


class Case:
    """One check on one component; the outcome is kept, because other checks build on it."""

    def __init__(
        self, subject: str, name: str, call: Callable[[], None], base: "Case | None" = None
    ) -> None:
        self.subject = subject
        self.name = name
        self.known: str | None = None
        self._call = call
        self._base = base
        self._outcome: Outcome | None = None

    @property
    def id(self) -> str:
        """As pytest shows it."""
        return f"{self.subject}-{self.name}"

    def run(self) -> Outcome:
        """Return what the check says; runs it at most once."""
        if self._outcome is None:
            status, reason = self._verdict()
            self._outcome = Outcome(self.subject, self.name, status, reason)
        return self._outcome

    def _verdict(self) -> tuple[Status, str]:
        if self._base and self._base.run().status != "passed":
            return "skipped", f"builds on {self._base.name}, which did not pass"
        fault = self._fault()
        if self.known is None:
            return ("failed", fault) if fault else ("passed", "")
        if fault:
            return "known", self.known
        return "failed", "passes, although it is listed in known_failures; take it off the list"

    def _fault(self) -> str:
        try:
            self._call()
        except ContractError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 -- a stranger's code may raise anything
            text = " ".join(str(error).split())
            return f"raises {type(error).__name__}: {text}"
        return ""


def cases(
    module: str, known_failures: Mapping[str, str], weights: Mapping[str, Path]
) -> list[Case]:
    """Return every case for a plugin's module, ready to run.

    Args:
        module: the plugin's module, as in its entry point.
        known_failures: why a check is known to fail, by its id or name.
        weights: the file that a component's example is built with, by `role:name`.

    Raises:
        ValueError: if `known_failures` names a check that does not exist, or `weights` a
            component.
    """
    try:
        found = [_subject(role, record, weights) for role, record in collect(_entry(module))]
    except BrokenError as error:
        found, fault = [], f"the plugin {error}"
    else:
        fault = "" if found else "the plugin's hooks yield nothing"
    loads = Case(f"plugin:{module}", "plugin_loads", lambda: _raise(fault))
    light = Case(loads.subject, "import_is_light", lambda: records.import_is_light(module), loads)
    result = [loads, light, *(case for subject in found for case in _of(subject))]
    _mark_known(result, known_failures)
    _refuse_strangers(found, weights, fault)
    return result


def _subject(role: Role, record: Component[Any, Any], weights: Mapping[str, Path]) -> Subject:
    plain = Subject(role, record)
    return replace(plain, weights=weights.get(plain.id))


def _refuse_strangers(found: Sequence[Subject], weights: Mapping[str, Path], fault: str) -> None:
    """Refuse weights for a component that is not there, unless the plugin does not load at all."""
    names = [subject.id for subject in found]
    for name in weights:
        if name not in names and not fault:
            hint = did_you_mean(name, names)
            raise ValueError(f"weights names {name!r}, which is no component{hint}")


def _entry(module: str) -> EntryPoint:
    return EntryPoint(name=module, value=module, group=GROUP)


def _raise(fault: str) -> None:
    if fault:
        raise ContractError(fault)


def _of(subject: Subject) -> Iterator[Case]:
    """Yield the cases of a component.

    A check is skipped where what it builds on does not pass, so that one fault fails one check
    instead of all that meet it on their way.
    """
    yield from (_case(subject, check) for check in records.CHECKS)
    made: dict[Check, Case] = {}
    gate: Case | None = None
    for check in (records.example_builds_offline, *_GATES[subject.role]):
        gate = made[check] = _case(subject, check, gate)
    for check in _CHECKS[subject.role]:
        needed = _NEEDS.get(check)
        made[check] = _case(subject, check, made[needed] if needed else gate)
    yield from made.values()
    yield from _of_training(subject)


def _of_training(subject: Subject) -> Iterator[Case]:
    """Yield the cases of a component's training; nothing is trained before one is run."""
    if subject.record.training is None:
        return
    trial = trainings.Trial(subject)
    gate: Case | None = None
    for check in trainings.GATES:
        gate = Case(subject.id, check.__name__, partial(check, trial), gate)
        yield gate
    for check in trainings.CHECKS:
        yield Case(subject.id, check.__name__, partial(check, trial), gate)


def _case(subject: Subject, check: Check, base: Case | None = None) -> Case:
    return Case(subject.id, check.__name__, lambda: check(subject), base)


def _mark_known(found: Sequence[Case], known_failures: Mapping[str, str]) -> None:
    names = {name for case in found for name in (case.name, case.id)}
    for name, reason in known_failures.items():
        if name not in names:
            hint = did_you_mean(name, sorted(names))
            raise ValueError(f"known_failures names {name!r}, which is no check{hint}")
        for case in found:
            if name in (case.name, case.id):
                case.known = reason
