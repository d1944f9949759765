"""A running notebook of acme, and asking the gate's coroutines."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from datalab.accounts.models import User
from datalab.gate.pool import Pool
from datalab.launcher.models import Service
from datalab.tenants.models import Tenant

Found = TypeVar("Found")
Run = Callable[[Coroutine[Any, Any, Found]], Found]


def make_service(tenant: Tenant, owner: User, name: str = "nb") -> Service:
    return Service.objects.create(
        tenant=tenant,
        owner=owner,
        name=name,
        host=f"{name}-{tenant.slug}-abcde",
        catalog="datalab",
        chart="jupyter",
        version="1.0.0",
        wanted="running",
        observed="running",
        generation=1,
        applied_generation=1,
    )


@pytest.fixture
def service(acme: Tenant, bob: User) -> Service:
    return make_service(acme, bob)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool()
    yield made
    made.close()


@pytest.fixture
def run() -> Iterator[Run[Any]]:
    """In a thread: Django refuses its database where an event loop runs."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield lambda asked: thread.submit(asyncio.run, asked).result()
