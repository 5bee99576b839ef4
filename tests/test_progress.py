from covers_lib.progress import bar


def test_a_bar_shows_on_standard_error_and_passes_items(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    assert list(bar([1, 2], desc="packing")) == [1, 2]
    assert "packing: 100%" in capsys.readouterr().err


def test_a_hidden_bar_passes_items_silently(capsys):
    assert list(bar([1, 2], shown=False, desc="packing")) == [1, 2]
    assert capsys.readouterr().err == ""


def test_the_environment_hides_every_bar(capsys, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert list(bar([1, 2], desc="packing")) == [1, 2]
    assert capsys.readouterr().err == ""
