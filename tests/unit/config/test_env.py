"""Settings that are documents."""

from pathlib import Path

import pytest

from datalab.config import env


def test_a_document_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "presets.json"
    file.write_text('[{"id": "small"}]\n')
    monkeypatch.setenv("DATALAB_PRESETS_FILE", str(file))
    assert env.parsed("DATALAB_PRESETS", []) == [{"id": "small"}]


def test_without_one_the_default_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATALAB_PRESETS", raising=False)
    monkeypatch.delenv("DATALAB_PRESETS_FILE", raising=False)
    assert env.parsed("DATALAB_PRESETS", ["default"]) == ["default"]


def test_what_is_no_json_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATALAB_PRESETS", "[{")
    with pytest.raises(env.WrongSetting, match=r"^DATALAB_PRESETS: is not JSON"):
        env.parsed("DATALAB_PRESETS", [])
