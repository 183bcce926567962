"""The WSGI entry point that gunicorn loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rcm_portal.settings")

application = get_wsgi_application()

from .models.keys import refuse_other_keys  # noqa: E402 - models load with the application

refuse_other_keys()
