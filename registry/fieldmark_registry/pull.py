"""Fetch weights from the hub or the web: first a plan that can be shown, then the download."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark_registry.cards import Card, write_card
from fieldmark_registry.digests import Progress
from fieldmark_registry.licences import Licence, licence_of
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.readme import README
from fieldmark_registry.references import FileReference, HubReference, Reference, WebReference
from fieldmark_registry.remote import RemoteFile, Repo
from fieldmark_registry.tensors import store_tensors
from fieldmark_registry.web import WebFile, look
from fieldmark_registry.webpull import bring, drop_damaged
from fieldmark_registry.weights import CONFIG, SELF_TEST, Exact, Located, Shelf


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pull will do.

    Attributes:
        reference: to exactly the weights that will be there; None where their digest is known only
            when they are.
        card: the model card, if there is one.
        repo: `ORG/NAME`; empty for what is not on the hub.
        files: what will be downloaded.
        total: of these files, in bytes.
        licence: of the weights.
        convert: whether they are a pickle whose tensors must be copied out first.
        here: whether everything is here already, verified.
        pins: whether the card names no version yet, so that this one is written into the user's
            copy of it.
        web: the file at an address that is downloaded, if that is where they are.
    """

    reference: Exact | None
    card: Card | None
    repo: str
    files: tuple[RemoteFile, ...]
    total: int
    licence: Licence
    convert: bool
    here: bool
    pins: bool
    web: WebFile | None = None

    @property
    def named(self) -> str:
        """What is fetched: the exact reference, or the address while there is none."""
        return str(self.reference or (self.web.url if self.web else ""))


def plan(shelf: Shelf, what: str | Reference, again: bool = False) -> Plan:
    """Return what a pull will do; the network is used only if something is missing.

    Args:
        shelf: the weights of this computer.
        what: a card's name or a reference.
        again: also what is here is to be fetched.

    Raises:
        ReferenceProblem: if it is no reference.
        CardProblem: if the card cannot be used.
        HubProblem: if the hub, or the server that has the weights, does not answer.
        WeightsProblem: if the file on this computer is missing or damaged, or the hub has another
            file than was named.
    """
    located = shelf.locate(what)
    remote = isinstance(located.reference, HubReference | WebReference)
    if located.reference is None or (again and remote):
        return _from_afar(shelf, located, again=again)
    raw = shelf.raw(located.reference)
    if located.path is not None and not (again and located.pickle):
        shelf.verified(what)
        return _plan(located, located.reference, here=True)
    if raw is not None and located.pickle:
        shelf.check(raw, located.reference.sha256, located)
        return _plan(located, located.reference, convert=True)
    if isinstance(located.reference, FileReference):
        shelf.verified(what)
    return _from_afar(shelf, located, again=again)


def pull(
    shelf: Shelf,
    planned: Plan,
    progress: Progress | None = None,
    convert: bool = False,
    again: bool = False,
) -> Path:
    """Do what was planned, and return where the verified weights are.

    Args:
        shelf: the weights of this computer.
        planned: by `plan`.
        progress: told the bytes so far, the bytes in all and what is done.
        convert: whether the user agreed that tensors are copied out of a pickle.
        again: whether what is here is fetched, too.

    Raises:
        HubProblem: if a download fails.
        WeightsProblem: if what came is not what was named; nothing is deleted then.
        CardProblem: if the card's version cannot be written down.
    """
    if not convert:
        refuse_unconverted(planned)
    planned, reference = _fetched(shelf, planned, progress, again=again)
    if again:
        drop_damaged(shelf, reference)
    raw = shelf.raw(reference)
    located = Located(reference, planned.card, raw, planned.licence, None, planned.convert)
    if raw is None:
        raise WeightsProblem(f"{reference} vanished while it was fetched; try again")
    shelf.check(raw, reference.sha256, located, progress)
    _note(shelf, planned)
    if planned.convert:
        store_tensors(shelf, reference, raw, progress)
    if planned.pins and planned.card is not None:
        write_card(planned.card, shelf.home / "models")
    return shelf.verified(reference)


def _fetched(
    shelf: Shelf, planned: Plan, progress: Progress | None, *, again: bool
) -> tuple[Plan, Exact]:
    """Download what was planned; return the plan with what is known now, and the reference."""
    reference = planned.reference
    if planned.web is not None:
        reference = bring(shelf, planned.web, planned.card, reference, progress)
        came = shelf.raw(reference)
        found = {"sha256": reference.sha256, "size": came.stat().st_size if came else None}
        card = planned.card.model_copy(update=found) if planned.card else None
        return replace(planned, card=card, reference=reference), reference
    if isinstance(reference, HubReference):
        for file in planned.files:
            shelf.hub.fetch(reference.repo, reference.revision, file.name, progress, again)
    if reference is None:
        raise WeightsProblem("no weights are named; type: fieldmark models list")
    return planned, reference


def settled(card: Card, repo: Repo) -> Card:
    """Return a card of a repository that names one commit of it and the digest of its weights.

    Raises:
        HubProblem: if the commit has no such file.
        WeightsProblem: if the hub keeps no digest of it.
    """
    file = repo.file(card.file)
    if file.sha256 is None:
        raise WeightsProblem(
            f"the hub keeps no digest of {file.name} of {repo.repo}, as of small files; pin it with"
            f" its commit: fieldmark models pin {repo.repo}@{repo.commit}/{file.name}"
        )
    found = {"revision": repo.commit, "sha256": file.sha256, "size": file.size or None}
    return card.model_copy(update=found)


def _from_afar(shelf: Shelf, located: Located, *, again: bool) -> Plan:
    """Return a plan for what is missing, after asking whoever has it."""
    card, reference = located.card, located.reference
    if isinstance(reference, WebReference) or (reference is None and card and card.url):
        return _from_web(shelf, located, again=again)
    return _from_hub(shelf, located, again=again)


def _from_web(shelf: Shelf, located: Located, *, again: bool) -> Plan:
    card, reference = located.card, located.reference
    url = reference.url if isinstance(reference, WebReference) else card.place if card else ""
    web = look(shelf.hub, url)
    if card and card.pinned and card.size and web.size not in (0, card.size):
        raise WeightsProblem(
            f"{url} is not the file that was named: it has {web.size} bytes, expected {card.size};"
            " nothing was downloaded or deleted; its page may say why"
        )
    return Plan(
        reference=reference,
        card=card,
        repo="",
        files=(RemoteFile(web.name, web.size, reference.sha256 if reference else None),),
        total=web.size,
        licence=located.licence,
        convert=located.pickle and (again or located.path is None),
        here=False,
        pins=reference is None,
        web=web,
    )


def _from_hub(shelf: Shelf, located: Located, *, again: bool) -> Plan:
    """Return a plan for what is missing, after a look at the repository."""
    card, reference = located.card, located.reference
    pins = reference is None and card is not None
    if pins and card is not None:
        repo = shelf.hub.look(card.place, card.revision)
        card = settled(card, repo)
        reference = card.reference()
    elif isinstance(reference, HubReference):
        repo = shelf.hub.look(reference.repo, reference.revision)
    if not isinstance(reference, HubReference):
        raise WeightsProblem(f"{reference} is no file of the hub; name one, or a model card")
    _same_content(repo, reference)
    files = tuple(_missing(shelf, repo, reference, again=again))
    licence = located.licence if card else licence_of(repo.licence)
    found = replace(located, card=card, licence=licence)
    convert = located.pickle and (again or located.path is None)
    return _plan(found, reference, files=files, convert=convert, pins=pins)


def _plan(
    located: Located,
    reference: Exact,
    files: tuple[RemoteFile, ...] = (),
    *,
    convert: bool = False,
    here: bool = False,
    pins: bool = False,
) -> Plan:
    return Plan(
        reference=reference,
        card=located.card,
        repo=reference.repo if isinstance(reference, HubReference) else "",
        files=files,
        total=sum(file.size for file in files),
        licence=located.licence,
        convert=convert,
        here=here,
        pins=pins,
    )


def _same_content(repo: Repo, reference: HubReference) -> None:
    """Refuse, before any download, a file that is another than was named."""
    announced = repo.file(reference.file).sha256
    if announced is not None and announced != reference.sha256:
        raise WeightsProblem(
            f"{reference.file} of {repo.repo} is not the file that was named: the hub gives it the"
            f" sha256 {announced}, expected {reference.sha256}; nothing was downloaded or deleted;"
            f" to name this file: fieldmark models pin {repo.repo}@{repo.commit}/{reference.file}"
        )


def _missing(
    shelf: Shelf, repo: Repo, reference: HubReference, *, again: bool
) -> Iterator[RemoteFile]:
    """Yield the weights and what is needed beside them, as far as it is not here."""
    folder = reference.file.rpartition("/")[0]
    beside = (f"{folder}/{CONFIG}" if folder else CONFIG, CONFIG, README, SELF_TEST)
    for name in dict.fromkeys((reference.file, *beside)):
        file = repo.find(name)
        if file and (again or shelf.hub.cached(repo.repo, repo.commit, name) is None):
            yield file


def _note(shelf: Shelf, planned: Plan) -> None:
    """Write down what fieldmark itself fetched: only that may it remove some day."""
    reference = planned.reference
    if isinstance(reference, WebReference) and planned.web is not None:
        if (stored := shelf.store.find(reference.sha256)) is not None:
            shelf.receipts.record(stored.path, reference.sha256, str(reference), pulled=True)
        return
    fetched = {file.name for file in planned.files}
    if not isinstance(reference, HubReference) or reference.file not in fetched:
        return  # another program fetched the weights, and only what lies beside them was missing
    path = shelf.hub.cached(reference.repo, reference.revision, reference.file)
    if path is not None:
        shelf.receipts.record(path, reference.sha256, str(reference), pulled=True)


def refuse_unconverted(planned: Plan) -> None:
    """Refuse a pickle as long as nobody has agreed that its tensors are copied out.

    Raises:
        WeightsProblem: with the command that agrees.
    """
    if not planned.convert:
        return
    name = planned.card.name if planned.card else f"'{planned.named}'"
    raise WeightsProblem(
        f"{planned.named} is a pickle, which is a program and is never opened as it is; to copy"
        " its tensors out of it, once, in a process of its own: fieldmark models pull --convert"
        f" {name}"
    )
