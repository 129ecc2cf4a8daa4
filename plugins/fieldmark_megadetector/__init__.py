"""MegaDetector through PyTorch-Wildlife, in a process of its own."""
