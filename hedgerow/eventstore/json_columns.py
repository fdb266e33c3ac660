"""How JSON text becomes a JSON column, the same wherever rows are inserted."""

from typing import Final

JSON_SETTINGS: Final[dict[str, object]] = {
    # A text that looks like a date stays the text it is.
    "input_format_try_infer_datetimes": 0,
    "input_format_try_infer_dates": 0,
    # A dot in a key is part of the key, not a step into an object.
    "json_type_escape_dots_in_keys": 1,
    # Of a key given twice the first counts.
    "type_json_skip_duplicated_paths": 1,
    # However large, what is inserted together is one block, so one part in each partition.
    "max_insert_block_size": 1_000_000,
    "min_insert_block_size_rows": 1_000_000,
    "min_insert_block_size_bytes": 0,
}
