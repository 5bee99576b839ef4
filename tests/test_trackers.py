import pytest
from accelerate import PartialState

from covers_lib import trackers


def test_trackers_are_checked_before_a_run_begins(monkeypatch):
    monkeypatch.setattr(PartialState, "_shared_state", {})  # as a new process has it
    trackers.check(None)
    trackers.check("tensorboard")
    with pytest.raises(ValueError, match="there is no tracker paper: choose one of .*tensorboard"):
        trackers.check("paper")
    monkeypatch.setattr(trackers, "get_available_trackers", lambda: [])
    with pytest.raises(ValueError, match="comet_ml is not installed: pip install comet-ml"):
        trackers.check("comet_ml")
