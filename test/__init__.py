"""Windlass's tests in Python: the mini-Internet and the whole-system suite."""
