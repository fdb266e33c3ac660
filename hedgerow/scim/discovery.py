"""What the server tells about its SCIM: what it can do, and what users and groups are made of."""

from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    Meta,
    Patch,
    ResourceType,
    ServiceProviderConfig,
    Sort,
)
from scim2_models import Resource as ScimResource

from hedgerow.domains.models import Domain
from hedgerow.scim.resources import Group, User
from hedgerow.scim.shown import base_path

MOST_RESULTS = 200
"""How many resources a list has at most."""

_RESOURCES: dict[str, type[ScimResource[Any]]] = {"User": User, "Group": Group}


def service_provider_config(domain: Domain) -> dict[str, Any]:
    """What this server can do."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="The SCIM token of the domain, sent as `Authorization: Bearer …`.",
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=f"{base_path(domain)}/ServiceProviderConfig"),
    )
    return config.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)


def resource_types(domain: Domain) -> dict[str, dict[str, Any]]:
    """The kinds of resources, by their ids."""
    told = {}
    for name, kind in _RESOURCES.items():
        described = ResourceType.from_resource(kind)
        described.description = kind.__doc__
        described.meta = Meta(resource_type="ResourceType", location=f"{base_path(domain)}/ResourceTypes/{name}")
        told[name] = described.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return told


def schemas(domain: Domain) -> dict[str, dict[str, Any]]:
    """What each kind of resource is made of, by the names of the schemas."""
    told = {}
    for kind in _RESOURCES.values():
        schema = kind.to_schema()
        schema.meta = Meta(resource_type="Schema", location=f"{base_path(domain)}/Schemas/{schema.id}")
        told[str(schema.id)] = schema.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return told
