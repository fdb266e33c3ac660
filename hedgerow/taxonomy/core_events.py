"""The events that client libraries and the server send by themselves: what they are called and what they tell."""

from typing import Final, NamedTuple


class Known(NamedTuple):
    """What people read of something that everybody's data has."""

    label: str
    description: str


CORE_EVENTS: Final[dict[str, Known]] = {
    "$pageview": Known("Pageview", "A page was opened, or an application without page loads moved on to another view."),
    "$pageleave": Known("Pageleave", "A page was left. Carries how long it was open and how far it was scrolled."),
    "$autocapture": Known("Autocapture", "Somebody clicked, changed or submitted an element."),
    "$copy_autocapture": Known("Clipboard autocapture", "Text was copied or cut from a page."),
    "$screen": Known("Screen", "A screen of a mobile application was shown."),
    "$identify": Known("Identify", "A visitor turned out to be somebody known: from here on both are one person."),
    "$create_alias": Known("Alias", "A person got a further distinct id."),
    "$merge_dangerously": Known("Merge", "Two persons were made one, even if both had been identified."),
    "$set": Known("Set person properties", "Properties of a person were set without anything else happening."),
    "$unset": Known("Unset person properties", "Properties of a person were removed."),
    "$delete_person_property": Known("Delete person property", "A property was taken away from a person by hand."),
    "$groupidentify": Known("Group identify", "Properties of a group were set, which makes the group if it is new."),
    "$delete_group_property": Known("Delete group property", "A property was taken away from a group by hand."),
    "$rageclick": Known("Rageclick", "Somebody clicked the same spot several times within a second or so."),
    "$dead_click": Known("Dead click", "A click after which nothing on the page changed."),
    "$exception": Known("Exception", "The application failed, with the kind, the message and where in the code."),
    "$web_vitals": Known("Web vitals", "How fast a page loaded, became stable and answered, by the browser's measure."),
    "$heatmap": Known("Heatmap", "Where on a page the pointer moved, clicked and scrolled."),
    "$$heatmap": Known("Heatmap", "Where on a page the pointer moved, clicked and scrolled."),
    "$opt_in": Known("Opt in", "Somebody agreed to being counted."),
    "$feature_flag_called": Known("Feature flag called", "The application asked for a feature flag; says the answer."),
    "$feature_view": Known("Feature view", "Something that stands behind a feature flag was shown."),
    "$feature_interaction": Known("Feature interaction", "Something that stands behind a feature flag was used."),
    "$feature_enrollment_update": Known("Feature enrolment", "Somebody joined or left an early access feature."),
    "$experiment_started": Known("Experiment started", "Somebody saw a variant of an experiment for the first time."),
    "$snapshot": Known("Session recording", "A piece of a recorded session."),
    "$performance_event": Known("Performance event", "Measurements of the network requests of a page."),
    "$csp_violation": Known("Content policy violation", "A browser blocked what the page's content policy forbids."),
    "$$client_ingestion_warning": Known("Client warning", "A client library noticed that it is used wrongly."),
    "$conversion": Known("Conversion", "A goal of the site was reached."),
    "$ai_generation": Known("AI generation", "A language model was called: model, input, output, tokens and cost."),
    "$ai_embedding": Known("AI embedding", "A text was turned into a vector by a model."),
    "$ai_span": Known("AI span", "One step of a larger task of an AI application."),
    "$ai_trace": Known("AI trace", "The whole of a task of an AI application, to which steps and calls belong."),
    "$ai_metric": Known("AI metric", "A measurement of the quality of what a model answered."),
    "$ai_feedback": Known("AI feedback", "What a person thinks of an answer, in their own words."),
    "survey shown": Known("Survey shown", "A survey appeared to somebody."),
    "survey dismissed": Known("Survey dismissed", "Somebody closed a survey without answering it."),
    "survey sent": Known("Survey sent", "Somebody answered a survey."),
    "Application Installed": Known("Application installed", "A mobile application was opened for the first time."),
    "Application Updated": Known("Application updated", "A mobile application was opened in a new version."),
    "Application Opened": Known("Application opened", "A mobile application was started, or came back to the front."),
    "Application Became Active": Known("Application became active", "A mobile application came to the front."),
    "Application Backgrounded": Known("Application backgrounded", "A mobile application went to the back."),
    "Application Crashed": Known("Application crashed", "A mobile application ended because of a fault."),
    "Deep Link Opened": Known("Deep link opened", "A mobile application was opened through a link into it."),
}
"""By name of the event."""
