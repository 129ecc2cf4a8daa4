"""Our own plugins keep the contract that a stranger's must keep."""

from fieldmark.testing import contract

test_sift = contract("fieldmark_sift")
