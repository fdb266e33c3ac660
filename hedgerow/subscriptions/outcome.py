"""How it went when a message was sent."""

from dataclasses import dataclass

from hedgerow.subscriptions.models import Sending

LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent` or `partial`; or `waiting`, with what kept it from being sent.

    `is_temporary`: it may work later. `is_refusal`: the receiver's server refused it for good.
    """

    state: Sending.State
    error: dict[str, str] | None = None
    is_temporary: bool = False
    is_refusal: bool = False


SENT = Outcome(Sending.State.SENT)


def not_sent(message: str, kind: str, *, is_temporary: bool = False, is_refusal: bool = False) -> Outcome:
    """It was not sent, for a reason of this kind."""
    error = {"message": message[:LONGEST_MESSAGE], "type": kind}
    return Outcome(Sending.State.WAITING, error, is_temporary, is_refusal)


def told_error(error: Exception) -> dict[str, str]:
    """An exception as it is kept with a run."""
    return {"message": (str(error) or type(error).__name__)[:LONGEST_MESSAGE], "type": type(error).__name__}
