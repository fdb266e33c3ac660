"""Feature flags, as far as server SDKs ask for their definitions. None can be set up yet."""
