from typing import Any

from django.core.management.base import BaseCommand

from datalab.embedded.provider import keys


class Command(BaseCommand):
    help = "Give the built-in identity provider a new signing key. Takes effect when it restarts."

    def handle(self, *args: Any, **options: Any) -> None:
        former = keys.rotate()
        self.stdout.write(
            f"A new key signs from the next start on. The former one stays published: {former}\n"
            "Restart the platform to use it: make down && make up"
        )
