import pytest
from accelerate import PartialState

from covers_lib.runs import monitor


def test_trackers_are_checked_before_a_run_begins(monkeypatch):
    monkeypatch.setattr(PartialState, "_shared_state", {})  # as a new process has it
    monitor.check_tracker(None)
    monitor.check_tracker("tensorboard")
    with pytest.raises(ValueError, match="there is no tracker paper: choose one of .*tensorboard"):
        monitor.check_tracker("paper")
    monkeypatch.setattr(monitor, "get_available_trackers", lambda: [])
    with pytest.raises(ValueError, match="comet_ml is not installed: pip install comet-ml"):
        monitor.check_tracker("comet_ml")
