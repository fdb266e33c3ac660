"""Print the table of attacks on logins by SAML: `python -m scripts.saml_attacks > docs/saml-attacks.md`."""

import os
import tempfile

import django

with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HEDGEROW_DATA_DIR=folder, DJANGO_SETTINGS_MODULE="hedgerow.django_settings")
    django.setup()
    from tests.sso.saml_attacks import table

    print(table(), end="")
