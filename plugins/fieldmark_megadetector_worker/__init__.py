"""The program that runs PyTorch-Wildlife; it never imports fieldmark."""
