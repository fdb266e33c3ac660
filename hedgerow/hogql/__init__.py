"""HogQL: text to tree (`parse`), tree to ClickHouse SQL with bound parameters (`compile`), tables (`database`)."""
