"""The library under a book that teaches generative adversarial networks by making album covers."""

__version__ = "0.1.0"
