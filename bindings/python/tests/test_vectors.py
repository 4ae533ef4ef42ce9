"""Runs every vector through the package, which must give exactly the core's verdict."""

import json
import os
from pathlib import Path

import pytest
from verijot import _native
from verijot._vector_files import FolderError
from verijot._vectors import run_folder
from verijot.errors import CLASSES

FOLDER = Path(os.environ.get("VERIJOT_TESTVECTORS") or Path(__file__).parents[3] / "testvectors")


def test_every_vector(capsys: pytest.CaptureFixture[str]) -> None:
    summary = run_folder(FOLDER)
    with capsys.disabled():
        print(f"\n{summary.total}", end=" ")  # noqa: T201
    assert [str(failure) for failure in summary.failures] == []
    assert summary.total.ran > 0


def test_an_unknown_member_fails_its_case(tmp_path: Path) -> None:
    source = json.loads((FOLDER / "alg-none.json").read_text())
    for place in ("case", "policy", "expect", "valid"):
        case = next(case for case in source["cases"] if "valid" in case["expect"])
        case = json.loads(json.dumps(case))
        whole = {"case": case, "policy": case["policy"], "expect": case["expect"]}
        whole["valid"] = case["expect"]["valid"]
        whole[place]["surprise"] = 1
        (tmp_path / "one.json").write_text(json.dumps({**source, "cases": [case]}))
        summary = run_folder(tmp_path)
        assert summary.failures[0].id == case["id"], place
        assert "surprise" in summary.failures[0].got


def test_an_unexpected_verdict_fails_its_case(tmp_path: Path) -> None:
    source = json.loads((FOLDER / "kid.json").read_text())
    source["cases"] = source["cases"][:6]
    for case in source["cases"]:
        if "valid" in case["expect"]:
            case["expect"] = {"error": "expired"}
        else:
            case["expect"] = {"valid": {}}
    (tmp_path / "one.json").write_text(json.dumps(source))
    failures = {failure.id for failure in run_folder(tmp_path).failures}
    assert failures >= {case["id"] for case in source["cases"]}


def test_files_of_version_1_are_read_without_adding_twins() -> None:
    total = run_folder(FOLDER / "runner/tests/version-1").total
    assert str(total) == "3 ran, 3 passed, 0 failed, 0 skipped"


def test_a_valid_case_without_a_signature_is_an_error(tmp_path: Path) -> None:
    source = json.loads((FOLDER / "kid.json").read_text())
    source["cases"] = [{**source["cases"][0], "token": "a.b.", "expect": {"valid": {}}}]
    (tmp_path / "one.json").write_text(json.dumps(source))
    with pytest.raises(FolderError, match="no signature"):
        run_folder(tmp_path)


def test_a_missing_key_set_is_an_error(tmp_path: Path) -> None:
    source = json.loads((FOLDER / "alg-none.json").read_text())
    (tmp_path / "one.json").write_text(json.dumps({**source, "key_sets": {}}))
    with pytest.raises(FolderError, match="the file has no key set"):
        run_folder(tmp_path)


def test_a_folder_without_vectors_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        run_folder(tmp_path)
    (tmp_path / "one.json").write_text('{"schema": "other", "category": "x", "cases": []}')
    with pytest.raises(FolderError):
        run_folder(tmp_path)


def test_every_code_has_a_class() -> None:
    assert set(CLASSES) == set(_native.CODES)
    for code, kind in CLASSES.items():
        assert kind.code == code
