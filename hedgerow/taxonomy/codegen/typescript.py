"""A TypeScript module that wraps posthog-js."""

from typing import Final

from hedgerow.taxonomy.codegen.described import DescribedEvent
from hedgerow.taxonomy.codegen.header import header
from hedgerow.taxonomy.codegen.naming import quoted

VERSION: Final = "1.0.0"
"""Of what this module writes."""

_TYPES: Final = {
    "String": "string",
    "Numeric": "number",
    "Boolean": "boolean",
    "DateTime": "string | Date",
    "Array": "any[]",
    "Object": "Record<string, any>",
}

_IMPORTS: Final = """\
//
// Import `posthog` from this file where you imported it from "posthog-js":
//
//   posthog.capture("order placed", { total: 42.5 })  // checked
//   posthog.captureRaw(name, properties)              // not checked
//
// Everything else is posthog-js as it is. Where its own class is asked for, give the one of "posthog-js": both are
// the same instance.

import original from "posthog-js";
import type { CaptureOptions, CaptureResult, PostHog as Original, Properties } from "posthog-js";
"""

_TYPED: Final = """\
/** The name of an event that is defined. */
export type EventName = keyof EventSchemas;

/** What follows the name: the properties can be left out where none is required. */
export type CaptureArguments<Name extends EventName> = {} extends EventSchemas[Name]
  ? [properties?: EventSchemas[Name] | null, options?: CaptureOptions]
  : [properties: EventSchemas[Name], options?: CaptureOptions];

/** A name that is written out and not defined: its properties are free. */
export type OtherName<Name extends string> = string extends Name ? never : Name extends EventName ? never : Name;

/** posthog-js with checked events. */
export interface TypedPostHog extends Omit<Original, "capture"> {
  /** Sends an event that is not defined. */
  capture<Name extends string>(
    name: OtherName<Name>,
    properties?: Properties | null,
    options?: CaptureOptions,
  ): CaptureResult | undefined;
  /** Sends an event that is defined. */
  capture<Name extends EventName>(name: Name, ...rest: CaptureArguments<Name>): CaptureResult | undefined;
  /** Sends any event with any properties. */
  captureRaw(name: string, properties?: Properties | null, options?: CaptureOptions): CaptureResult | undefined;
}

/** posthog-js takes a date for an object without members. */
function withDatesAsText(properties?: Properties | null): Properties | null | undefined {
  return properties && Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, value instanceof Date ? value.toJSON() : value]),
  );
}

function capture(name: string, properties?: Properties | null, options?: CaptureOptions): CaptureResult | undefined {
  return original.capture(name, withDatesAsText(properties), options);
}

export const posthog = new Proxy(original, {
  get(instance, name) {
    if (name === "capture") return capture;
    const value: unknown = Reflect.get(instance, name === "captureRaw" ? "capture" : name, instance);
    return typeof value === "function" ? value.bind(instance) : value;
  },
  set: (instance, name, value) => Reflect.set(instance, name, value, instance),
}) as unknown as TypedPostHog;

export default posthog;
"""


def source(events: list[DescribedEvent]) -> str:
    """The text of the file."""
    lines = ["/* eslint-disable */", *(f"// {line}" for line in header(VERSION, events)), _IMPORTS]
    lines.append("/** The properties of each event, by its exact name. Further properties are free. */")
    lines.append("export interface EventSchemas {")
    for event in events:
        lines += _schema(event)
    lines += ["}", "", _TYPED]
    return "\n".join(lines)


def _schema(event: DescribedEvent) -> list[str]:
    if not event.properties:
        return [f"  {quoted(event.name)}: Record<string, any>;"]
    properties = [
        f"    {quoted(each.name)}{'' if each.is_required else '?'}: {_TYPES.get(each.type, 'any')};"
        for each in event.properties
    ]
    return [f"  {quoted(event.name)}: {{", *properties, "    [name: string]: any;", "  };"]
