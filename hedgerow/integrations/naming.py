"""What an integration is called."""

from hedgerow.integrations.models import Integration


def display_name(integration: Integration) -> str:
    """The name of the workspace, or what the service calls it."""
    team = integration.config.get("team")
    name = team.get("name") if isinstance(team, dict) else None
    return name if isinstance(name, str) and name else integration.integration_id
