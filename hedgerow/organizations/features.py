"""The features that clients ask an organization for before they offer something. There are no plans: all are there."""

_KEYS = (
    "access_control",
    "advanced_permissions",
    "audit_logs",
    "automatic_provisioning",
    "correlation_analysis",
    "data_pipelines",
    "environments",
    "group_analytics",
    "ingestion_taxonomy",
    "organizations_projects",
    "paths_advanced",
    "project_based_permissioning",
    "role_based_access",
    "saml",
    "scim",
    "sso_enforcement",
    "subscriptions",
    "surveys_multiple_questions",
    "tagging",
    "team_collaboration",
    "two_factor_enforcement",
    "zapier",
)

PRODUCT_FEATURES = [{"key": key, "name": key.replace("_", " ").capitalize()} for key in _KEYS]
"""As an organization's `available_product_features` lists them."""
