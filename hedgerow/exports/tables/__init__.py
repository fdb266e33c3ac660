"""Rows of answers as tables: read a part at a time, flattened to columns, and written as CSV, XLSX or JSON."""
