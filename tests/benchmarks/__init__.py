"""Benchmarks: ratios printed in one run, never timed unit tests."""
