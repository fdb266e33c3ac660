"""The templates that come with the product, offered to every project.

They are not stored. One that staff change is stored as it then is, under the same id, and from then on the stored one
is what everybody is offered.
"""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.recipes import RECIPES
from hedgerow.dashboard_templates.recipes.recipe import BuiltIn
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition

_NAMESPACE = UUID("6c9a4c57-6b63-5f0e-9d0e-6f1c2a53c1b4")
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


def built_in_templates(project: Project) -> list[DashboardTemplate]:
    """All of them as templates that are not stored, their variables fitted to the events the project has."""
    events = _known(project, *RECIPES)
    return [_template(recipe, events) for recipe in RECIPES]


def built_in_template(project: Project, name: str) -> DashboardTemplate | None:
    """The one of this name or alias, likewise."""
    for recipe in RECIPES:
        if name == recipe.name or name in recipe.aliases:
            return _template(recipe, _known(project, recipe))
    return None


def _known(project: Project, *recipes: BuiltIn) -> set[str]:
    candidates = {name for recipe in recipes for name in recipe.candidates}
    definitions = EventDefinition.objects.filter(project=project, name__in=candidates)
    return set(definitions.values_list("name", flat=True))


def _template(recipe: BuiltIn, events: set[str]) -> DashboardTemplate:
    return DashboardTemplate(
        id=uuid5(_NAMESPACE, recipe.name),
        template_name=recipe.name,
        dashboard_description=recipe.description,
        dashboard_filters={},
        tags=list(recipe.tags),
        tiles=[dict(tile) for tile in recipe.tiles],
        variables=[variable.fitted(events) for variable in recipe.variables],
        scope=DashboardTemplate.Scope.GLOBAL,
        availability_contexts=list(recipe.contexts),
        created_at=_MADE,
    )
