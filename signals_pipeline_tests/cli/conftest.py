"""What tests of the command line start from: a published snapshot of the demonstration."""

from signals_pipeline_tests.publish.conftest import demonstration_snapshot

__all__ = ["demonstration_snapshot"]
