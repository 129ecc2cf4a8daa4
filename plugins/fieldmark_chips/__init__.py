"""Preparing chips: crops, background, quality."""
