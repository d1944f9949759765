"""What a person reads about a quota, and what a script does."""

import pytest

from datalab.core.quantities import Resource
from datalab.quotas import arithmetic
from datalab.quotas.claim import Claim
from datalab.quotas.requests import in_words
from datalab.quotas.shortage import Limits, sentence, shortages

GIB = 1024**3
SLICE = "nvidia.com/mig-1g.5gb"
NOTHING = Limits(limits={}, used={})


def limits(resource: Resource, limit: int, used: int) -> Limits:
    return Limits(limits={resource: limit}, used={resource: used})


@pytest.mark.parametrize(
    ("resource", "limit", "used", "asked", "words", "fields"),
    [
        pytest.param(
            Resource.MEMORY, 16 * GIB, 12 * GIB, 8 * GIB,
            "memory: 8 GiB asked, 4 GiB of 16 GiB free", ("16Gi", "12Gi", "8Gi", "4Gi"),
            id="memory",
        ),
        pytest.param(
            Resource.STORAGE, 1024 * GIB, 1024 * GIB, GIB // 2,
            "storage: 512 MiB asked, 0 GiB of 1 TiB free", ("1Ti", "1Ti", "512Mi", "0"),
            id="storage that is full",
        ),
        pytest.param(
            Resource.CPU, 4000, 3500, 1250,
            "cpu: 1.25 asked, 0.5 of 4 free", ("4", "3500m", "1250m", "500m"),
            id="cpu",
        ),
        pytest.param(
            Resource.GPU, 2, 1, 2, "gpu: 2 asked, 1 of 2 free", (2, 1, 2, 1), id="gpu"
        ),
    ],
)  # fmt: skip
def test_people_read_words_and_scripts_read_quantities(
    resource: Resource, limit: int, used: int, asked: int, words: str, fields: tuple[object, ...]
) -> None:
    claim = Claim(owner_id=1, amounts={resource: asked})
    found = shortages(claim, limits(resource, limit, used), NOTHING)
    assert f"({words})" in sentence("Acme", found)
    (one,) = found
    assert (one.limit, one.used, one.asked, one.available) == fields


def test_a_device_is_a_number_of_its_name() -> None:
    tenant = Limits(limits={}, used={}, devices={SLICE: 1}, devices_used={SLICE: 1})
    found = shortages(Claim(owner_id=1, amounts={}, devices={SLICE: 2}), tenant, NOTHING)
    assert f"({SLICE}: 2 asked, 0 of 1 free)" in sentence("Acme", found)


def test_no_sentence_about_a_quota_says_gi() -> None:
    full = dict.fromkeys(Resource, 3 * GIB)
    tenant = Limits(limits=full, used=dict.fromkeys(Resource, 5 * GIB))
    own = Limits(limits={Resource.MEMORY: 2 * GIB}, used={})
    said = [
        *arithmetic.notes(tenant),
        *(one.because for one in arithmetic.effective(tenant, own, {}, by_default=())),
        in_words({"memory": 2 * GIB, "cpu": 500}),
        sentence("Acme", shortages(Claim(owner_id=1, amounts=full, devices={}), tenant, own)),
    ]
    assert "2 GiB more memory, 0.5 more cpu" in said
    assert not [text for text in said if "Gi " in text or "Gi:" in text or "Mi " in text]
    assert "5 GiB of 3 GiB of memory are used" in " ".join(said)
