"""The choices of how something shared is shown."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError


class ShareSettings(BaseModel):
    """Each choice may be absent; what is none of them is dropped."""

    model_config = ConfigDict(extra="ignore")

    detailed: StrictBool | None = None
    hideExtraDetails: StrictBool | None = None  # noqa: N815 - as on the wire
    legend: StrictBool | None = None
    noHeader: StrictBool | None = None  # noqa: N815 - as on the wire
    showInspector: StrictBool | None = None  # noqa: N815 - as on the wire
    whitelabel: StrictBool | None = None
    theme: Literal["light", "dark", "system"] | None = None

    @property
    def with_legend(self) -> bool:
        """Whether charts have their legends, as they do where nobody says otherwise."""
        return self.legend is not False

    @property
    def in_effect(self) -> dict[str, Any]:
        """What is on, or was chosen."""
        return {name: value for name, value in self.model_dump().items() if value}


def read_settings(given: Any) -> dict[str, Any]:
    """The known choices as they were given. Raises ValueError for what cannot be choices."""
    try:
        return ShareSettings.model_validate(given).model_dump(exclude_unset=True)
    except ValidationError:
        raise ValueError("Invalid settings format") from None


def settings_in_effect(stored: dict[str, Any] | None) -> ShareSettings:
    """The choices of a share."""
    return ShareSettings.model_validate(stored or {})
