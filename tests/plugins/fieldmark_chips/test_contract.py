"""The plugin that prepares chips keeps the contract of every plugin."""

from fieldmark.testing import contract

test_contract = contract("fieldmark_chips")
