"""Model weights: named, found, fetched, verified, converted, published and carried.

The registry imports nothing of fieldmark, so that it can be used alone.
"""
