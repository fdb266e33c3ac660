"""Logins by SAML 2.0: this server as a service provider, and what it believes of an identity provider's answers."""
