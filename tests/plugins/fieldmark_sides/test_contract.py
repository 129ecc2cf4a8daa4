"""The plugin of sides keeps the contract of every plugin."""

from fieldmark.testing import contract

test_contract = contract("fieldmark_sides")
