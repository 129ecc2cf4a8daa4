"""References to model weights: where they live, how they are checked.

The registry imports nothing of fieldmark, so that it can be used alone.
"""
