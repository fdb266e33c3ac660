"""A realistic sample: ninety days of an invented product, sent through the capture endpoint."""

from hedgerow.demo.sending import DemoError, DemoSummary, run_demo

__all__ = ["DemoError", "DemoSummary", "run_demo"]
