"""JSON that is written entry by entry is JSON."""

import io
import json
from typing import Any

import pytest

from fieldmark.exports.annotations.jsonfile import write_json


@pytest.mark.parametrize("entries", [[], [{"a": 1}], [{"a": "ü\n"}, {"b": [1, None]}]])
def test_lists_of_any_length(entries: list[dict[str, Any]]) -> None:
    """What is read is what was written, also where a list is empty."""
    file = io.BytesIO()
    write_json(file, {"info": {"x": 1}}, images=iter(entries), annotations=iter(()))
    found = json.loads(file.getvalue())
    assert found == {"info": {"x": 1}, "images": entries, "annotations": []}
