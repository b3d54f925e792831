"""Benchmarks: what the work costs. They print figures, and are no tests."""
