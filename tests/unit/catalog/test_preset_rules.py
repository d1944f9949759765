"""Presets as an operator writes them: what is wrong is named with its key."""

from typing import Any

import pytest

from datalab.catalog.preset_rules import WrongPreset, parse_presets

GPU: dict[str, Any] = {
    "id": "slice",
    "title": "A slice of an A100",
    "description": "For trying a model.",
    "resources": {"cpu": "4", "memory": "16Gi", "devices": {"nvidia.com/mig-1g.10gb": 1}},
    "nodeSelector": {"nvidia.com/gpu.product": "A100-SXM4-80GB"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "tenants": ["acme"],
}


def test_all_of_it_is_read() -> None:
    [found] = parse_presets([GPU])
    assert (found.id, found.title, found.tenants) == ("slice", GPU["title"], {"acme"})
    assert found.resources == {"cpu": "4", "memory": "16Gi"}
    assert found.placement.devices == {"nvidia.com/mig-1g.10gb": 1}
    assert found.placement.node_selector == GPU["nodeSelector"]
    assert found.placement.tolerations == GPU["tolerations"]


def test_all_tenants_may_have_one_that_names_none() -> None:
    [found] = parse_presets([{"id": "small", "title": "Small"}])
    assert (found.tenants, bool(found.placement)) == (None, False)


def test_whole_gpus_are_told_as_gpu_too() -> None:
    devices = {"nvidia.com/gpu": 1, "amd.com/gpu": 1, "nvidia.com/mig-1g.10gb": 2}
    [found] = parse_presets([{**GPU, "resources": {"devices": devices}}])
    assert found.asked == {"gpu": 2, "devices": devices}
    assert found.fixed == {"gpu"}


def test_a_slice_fixes_whole_gpus_as_well() -> None:
    """Else somebody could have a whole one beside it by the chart's own value."""
    [found] = parse_presets([GPU])
    assert found.fixed == {"cpu", "memory", "gpu"}
    assert "gpu" not in found.asked


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        pytest.param({"id": "A B"}, "presets[0].id", id="an id with a space"),
        pytest.param({"id": None}, "presets[0].id", id="no id"),
        pytest.param({"title": ""}, "presets[0].title", id="no title"),
        pytest.param({"title": 3}, "presets[0].title", id="a title that is no text"),
        pytest.param({"description": "a\nb"}, "presets[0].description", id="two lines"),
        pytest.param({"node_selector": {}}, "presets[0].node_selector", id="an unknown key"),
        pytest.param({"resources": []}, "presets[0].resources", id="resources that are a list"),
        pytest.param(
            {"resources": {"gpu": 1}}, "presets[0].resources.gpu", id="a gpu without its name"
        ),
        pytest.param({"resources": {"cpu": "much"}}, "presets[0].resources.cpu", id="no quantity"),
        pytest.param({"resources": {"cpu": 4}}, "presets[0].resources.cpu", id="a number"),
        pytest.param({"resources": {"memory": "0"}}, "presets[0].resources.memory", id="nothing"),
        pytest.param(
            {"resources": {"devices": {"gpu": 1}}},
            "presets[0].resources.devices",
            id="a device without a vendor",
        ),
        pytest.param(
            {"resources": {"devices": {"amd.com/gpu": 0}}},
            "presets[0].resources.devices.amd.com/gpu",
            id="no device",
        ),
        pytest.param(
            {"resources": {"devices": {"amd.com/gpu": True}}},
            "presets[0].resources.devices.amd.com/gpu",
            id="yes of a device",
        ),
        pytest.param({"nodeSelector": ["a"]}, "presets[0].nodeSelector", id="a list of labels"),
        pytest.param({"nodeSelector": {"a b": "c"}}, "presets[0].nodeSelector", id="no label"),
        pytest.param({"nodeSelector": {"a": True}}, "presets[0].nodeSelector.a", id="no value"),
        pytest.param({"tolerations": {}}, "presets[0].tolerations", id="no list"),
        pytest.param({"tolerations": ["a"]}, "presets[0].tolerations[0]", id="no toleration"),
        pytest.param(
            {"tolerations": [{}, {"key": "a"}]}, "presets[0].tolerations[0].key", id="of anything"
        ),
        pytest.param(
            {"tolerations": [{"key": "a", "operator": "In"}]},
            "presets[0].tolerations[0].operator",
            id="an operator of something else",
        ),
        pytest.param(
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
            "presets[0].tolerations[0].value",
            id="a value beside Exists",
        ),
        pytest.param(
            {"tolerations": [{"key": "a", "effect": "Never"}]},
            "presets[0].tolerations[0].effect",
            id="no effect",
        ),
        pytest.param(
            {"tolerations": [{"key": "a", "tolerationSeconds": 3}]},
            "presets[0].tolerations[0].tolerationSeconds",
            id="seconds of what does not end anything",
        ),
        pytest.param({"tenants": "acme"}, "presets[0].tenants", id="one tenant as text"),
        pytest.param({"tenants": ["A!"]}, "presets[0].tenants", id="no tenant's name"),
    ],
)
def test_what_is_wrong_is_named_with_its_key(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(WrongPreset) as refused:
        parse_presets([{**GPU, **changed}])
    assert str(refused.value).startswith(f"{key}: ")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"id": "small"}, id="one that is in no list"),
        pytest.param(["small"], id="one that is a word"),
        pytest.param([GPU, GPU], id="the same twice"),
        pytest.param([{**GPU, "id": f"p{n}"} for n in range(51)], id="too many"),
    ],
)
def test_what_is_no_list_of_presets_is_refused(said: Any) -> None:
    with pytest.raises(WrongPreset, match=r"^presets"):
        parse_presets(said)
