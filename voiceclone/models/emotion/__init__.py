"""Emotion as a vector: its labels, its space, and the networks that hear it in speech."""
