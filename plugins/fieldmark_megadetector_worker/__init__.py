"""The program that runs PyTorch-Wildlife in a process of its own; it never imports fieldmark.

It needs only the standard library and numpy until it is asked to load a network, so that it also
runs in another Python environment, one that has PyTorch-Wildlife and no fieldmark. Who starts it,
and what it answers, is described in `docs/megadetector.md`.
"""
