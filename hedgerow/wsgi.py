"""The WSGI application that the app process serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hedgerow.django_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
