"""The tiger plugin keeps the contract of every plugin."""

from fieldmark.testing import contract

test_contract = contract("fieldmark_tiger")
