"""A light detector for computers without torch."""
