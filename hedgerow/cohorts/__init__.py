"""Cohorts: named sets of persons, listed one by one or found by criteria."""
