"""How repositories are made and filled: what the real client asks for, in its order.

A file under LFS goes to the storage first (https://github.com/git-lfs/git-lfs, docs/api), then
one request commits everything: JSON, one operation to a line.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import yaml

from support.hub.messages import Answer, Refusal, as_json
from support.hub.repos import Blob, Repo, front_matter, is_large
from support.hub.site import USER, Call

_ATTRIBUTES = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


def create(call: Call) -> Answer:
    """Make a repository, with the one file that the true hub puts into it."""
    call.writer()
    asked = call.json()
    name = f"{asked.get('organization') or USER}/{asked['name']}"
    told = {"url": f"{call.site.endpoint}/{name}", "name": name}
    with call.site.lock:
        if name in call.site.repos:
            return as_json({"error": "You already created this model repo", **told}, 409)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        repo = call.site.repos[name] = Repo(name, private=private)
        attributes = call.site.objects.add(".gitattributes", _ATTRIBUTES)
        repo.add("initial commit", {".gitattributes": attributes})
    return as_json(told)


def check_card(call: Call) -> Answer:
    """Check the front matter of a README."""
    try:
        card = front_matter(call.json()["content"])
    except yaml.YAMLError as error:
        return as_json({"errors": [{"message": str(error)}], "warnings": []}, 400)
    warnings = [] if card else [{"message": "empty or missing yaml metadata in repo card"}]
    return as_json({"errors": [], "warnings": warnings})


def preupload(call: Call) -> Answer:
    """Answer which files go to the storage, and which of them are here already."""
    call.writer()
    commit = call.commit(call.repo())
    told = []
    for file in call.json()["files"]:
        large = is_large(file["path"], file["size"])
        here = commit.files.get(file["path"])
        mode = "lfs" if large else "regular"
        told.append(
            {
                "path": file["path"],
                "uploadMode": mode,
                "shouldIgnore": False,
                "oid": None if here is None or here.lfs is not large else here.etag,
            }
        )
    return as_json({"files": told, "commitOid": commit.id})


def batch(call: Call) -> Answer:
    """Answer where each object is to be put; one that is here already need not be."""
    call.writer()
    repo = call.repo()
    objects = [_slot(call, repo, each) for each in call.json()["objects"]]
    named = {"Content-Type": "application/vnd.git-lfs+json"}
    return as_json({"transfer": "basic", "objects": objects, "hash_algo": "sha256"}, headers=named)


def put(call: Call) -> Answer:
    """Take an object into the storage, if it is what its address says."""
    if call.upload is None:
        raise Refusal(400, "nothing was sent")
    digest = hashlib.sha256()
    with call.upload.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != call.parts["sha256"]:
        raise Refusal(400, "the content does not match the checksum")
    call.site.objects.keep(call.upload)
    return Answer(200, {"ETag": f'"{call.parts["sha256"][:32]}"'})


def verify(call: Call) -> Answer:
    """Confirm that an object has arrived whole."""
    call.writer()
    asked = call.json()
    path = call.site.objects.find(asked["oid"])
    if path is None or path.stat().st_size != asked["size"]:
        raise Refusal(404, "the object has not been uploaded")
    return as_json({"message": "OK"})


def commit(call: Call) -> Answer:
    """Make a commit of the operations that are sent."""
    call.writer()
    repo = call.repo()
    lines = [json.loads(line) for line in call.body.splitlines()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    with call.site.lock:
        parent = call.commit(repo)
        if header.get("parentCommit", parent.id) != parent.id:
            raise Refusal(412, "A commit has happened since. Please refresh and try again.")
        files = _changed(call, dict(parent.files), lines)
        branch = call.parts["revision"]
        made = repo.add(header["summary"], files, branch)
    where = f"{call.site.endpoint}/{repo.name}/commit/{made.id}"
    return as_json({"success": True, "commitOid": made.id, "commitUrl": where, "hookOutput": ""})


def _slot(call: Call, repo: Repo, wanted: dict[str, Any]) -> dict[str, Any]:
    told = {"oid": wanted["oid"], "size": wanted["size"]}
    if call.site.objects.find(wanted["oid"]) is not None:
        return told
    site = call.site
    upload = {"href": f"{site.storage}/upload/{repo.name}/{wanted['oid']}"}
    confirm = {"href": f"{site.endpoint}/{repo.name}.git/info/lfs/objects/verify"}
    return {**told, "authenticated": True, "actions": {"upload": upload, "verify": confirm}}


def _changed(
    call: Call, files: dict[str, Blob], lines: Iterable[dict[str, Any]]
) -> dict[str, Blob]:
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            content = base64.b64decode(value["content"])
            files[value["path"]] = call.site.objects.add(value["path"], content)
        elif line["key"] == "lfsFile":
            files[value["path"]] = _uploaded(call, value)
        elif line["key"] == "deletedFile":
            files.pop(value["path"], None)
        elif line["key"] == "deletedFolder":
            folder = value["path"].rstrip("/") + "/"
            files = {name: blob for name, blob in files.items() if not name.startswith(folder)}
    return files


def _uploaded(call: Call, value: dict[str, Any]) -> Blob:
    if call.site.objects.find(value["oid"]) is None:
        raise Refusal(400, f"the LFS object of {value['path']} has not been uploaded")
    return call.site.objects.blob(value["path"], value["oid"], lfs=True)
