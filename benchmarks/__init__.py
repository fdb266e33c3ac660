"""How fast Hedgerow is: `python -m benchmarks` measures all of it and writes `benchmarks/results.md`."""
