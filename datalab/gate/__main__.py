"""`python -m datalab.gate`"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datalab.config.settings")
django.setup()

from datalab.gate.serve import main  # noqa: E402 - models need a Django that is set up

main()
