"""What tests of the command line start from: published snapshots of the demonstration."""

from signals_pipeline_tests.publish.conftest import demonstrations

__all__ = ["demonstrations"]
