"""Groundtune: choose between RAG, fine-tuning and both by measuring them on your own cases."""

__version__ = "0.1.0"
