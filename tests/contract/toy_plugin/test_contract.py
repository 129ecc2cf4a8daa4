"""What the author of a plugin writes to have it checked."""

from fieldmark.testing import contract

test_contract = contract("fieldmark_toy")
