"""What is known of a value's type while compiling: enough to convert, compare and name it."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Type:
    """`kind` is one of the names below; `item` is the type of an array's elements where known."""

    kind: str
    nullable: bool = False
    item: "Type | None" = None

    def or_null(self, nullable: bool = True) -> "Type":
        """The same type, nullable if it was or if said so."""
        return replace(self, nullable=True) if nullable and not self.nullable else self

    def not_null(self) -> "Type":
        """The same type without NULL."""
        return replace(self, nullable=False) if self.nullable else self

    def name(self, timezone: str) -> str:
        """ClickHouse's name, or `Unknown`."""
        if self.kind == "Array":
            return f"Array({self.item.name(timezone) if self.item else 'Unknown'})"
        name = {
            "Integer": "Int64",
            "Float": "Float64",
            "Boolean": "Bool",
            "DateTime": f"DateTime64(6, '{timezone}')",
            "JSON": "String",
            "Null": "Nothing",
        }.get(self.kind, self.kind)
        return f"Nullable({name})" if self.nullable and self.kind not in ("Tuple", "Map", "Unknown") else name


STRING = Type("String")
INTEGER = Type("Integer")
FLOAT = Type("Float")
BOOLEAN = Type("Boolean")
DATETIME = Type("DateTime")
DATE = Type("Date")
UUID = Type("UUID")
JSON = Type("JSON")
INTERVAL = Type("Interval")
TUPLE = Type("Tuple")
MAP = Type("Map")
NULL = Type("Null", nullable=True)
UNKNOWN = Type("Unknown", nullable=True)


def array_of(item: Type | None = None) -> Type:
    """An array of such elements."""
    return Type("Array", item=item)
