"""Actions: saved matchers of events, with a name to be used in every question."""
