import hashlib
import sys
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import pytest
import torch
from local_server import LocalServer
from torch_fidelity import feature_extractor_inceptionv3 as fidelity
from torchmetrics.image.fid import FrechetInceptionDistance

from covers_lib import synthetic
from covers_lib.evaluation.features import extract
from covers_lib.evaluation.inception import load_inception, load_weights
from covers_lib.evaluation.metrics import frechet_distance


class Server(LocalServer):
    """Has one file, whatever it is asked for."""

    body = b""

    def answer(self, handler):
        handler.send_file(self.body) if self.body else handler.send(404)


def name_of(content: bytes) -> str:
    return f"weights-inception-2015-12-05-{hashlib.sha256(content).hexdigest()[:8]}.pth"


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """Weights of the right shapes and with a right name, drawn so that features are of order 1."""

    class Untrained(fidelity.FeatureExtractorInceptionV3):
        def load_state_dict(self, _):
            pass

    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng(devices=[]):
        patch.setattr(fidelity, "load_state_dict_from_url", lambda url, progress: {})
        state = Untrained("untrained", ["2048"]).state_dict()
    rng = torch.Generator().manual_seed(0)
    for name, value in state.items():
        if name.endswith("conv.weight"):
            fan_in = value[0].numel()
            value.copy_(torch.randn(value.shape, generator=rng) * (2 / fan_in) ** 0.5)
    file = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(state, file)
    return file.rename(file.with_name(name_of(file.read_bytes())))


@pytest.fixture
def checkpoints(tmp_path, monkeypatch) -> Path:
    """An empty cache of torch's hub, and none of its networks loaded before or after."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    load_inception.cache_clear()
    yield tmp_path / "hub" / "checkpoints"
    load_inception.cache_clear()


@pytest.fixture
def server(monkeypatch, weights, checkpoints):
    with Server() as server:
        server.body = weights.read_bytes()
        monkeypatch.setattr(fidelity, "URL_INCEPTION_V3", f"{server.url}/v0.2.0/{weights.name}")
        yield server


@pytest.fixture
def covers():
    return np.stack([synthetic.draw(index, size=64) for index in range(8)])


def tensors(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2)


def test_downloaded_features_are_those_of_torchmetrics(server, weights, checkpoints, covers):
    before = torch.get_rng_state()
    features = extract(covers, "inception", batch=3)
    assert features.deep.shape == (8, 2048) and features.middle.shape == (8, 768)
    assert features.deep.dtype == features.middle.dtype == np.float64
    assert 0.1 < features.deep.std() < 10  # so that what follows is no equality of zeros
    assert [path.name for path in checkpoints.iterdir()] == [weights.name]
    assert len(server.asked) == 1
    assert torch.equal(torch.get_rng_state(), before)
    assert fidelity.load_state_dict_from_url is torch.hub.load_state_dict_from_url

    load_inception.cache_clear()
    load_inception()
    assert len(server.asked) == 1  # from the disk

    theirs = FrechetInceptionDistance(2048, feature_extractor_weights_path=str(weights))
    theirs.update(tensors(covers[:2]), real=True)
    deep = features.deep[:2]
    np.testing.assert_allclose(theirs.real_features_sum, deep.sum(0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(theirs.real_features_cov_sum, deep.T @ deep, rtol=1e-3, atol=1e-3)

    theirs = FrechetInceptionDistance(768, feature_extractor_weights_path=str(weights))
    theirs.update(tensors(covers[:4]), real=True)
    theirs.update(tensors(covers[4:]), real=False)
    ours = frechet_distance(features.middle[:4], features.middle[4:])
    assert ours > 0.1 and ours == pytest.approx(float(theirs.compute()), rel=1e-3)


@pytest.mark.parametrize("package", ["torch_fidelity", "torchmetrics.image.fid"])
def test_a_missing_package_is_named(checkpoints, monkeypatch, covers, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ValueError,
        match=rf'needs {package}: pip install "covers-lib\[fid\]", or use --extractor lite0',
    ):
        extract(covers, "inception")


def test_an_unreachable_server_is_told(server, checkpoints, weights, covers, monkeypatch):
    server.body = b""
    with pytest.raises(ValueError, match=r"can't be fetched \(HTTP Error 404.*by hand") as told:
        extract(covers, "inception")
    assert fidelity.URL_INCEPTION_V3 in str(told.value) and str(checkpoints) in str(told.value)
    monkeypatch.setattr(fidelity, "URL_INCEPTION_V3", f"http://127.0.0.1:1/{weights.name}")
    with pytest.raises(ValueError, match=r"can't be fetched \(.*refused.*--extractor lite0"):
        extract(covers, "inception")
    assert list(checkpoints.iterdir()) == []


def test_a_download_that_breaks_off_leaves_nothing(server, checkpoints):
    server.break_off(after=1000)
    with pytest.raises(ValueError, match="can't be fetched .*try again"):
        load_inception()
    assert list(checkpoints.iterdir()) == []
    load_inception()
    assert len(server.asked) == 2


def test_a_place_that_cannot_be_written_is_told(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with pytest.raises(ValueError, match="can't be fetched .*Not a directory"):
        load_inception()


def test_a_file_put_there_by_hand_must_be_the_right_one(server, checkpoints, weights):
    checkpoints.mkdir(parents=True)
    file = checkpoints / weights.name
    file.write_bytes(server.body[:-1])
    with pytest.raises(ValueError, match="is damaged, or another file than .*delete it"):
        load_inception()
    assert server.asked == []
    file.write_bytes(server.body)
    load_inception()
    assert server.asked == []


class Harmful:
    def __reduce__(self):
        return (print, ("unpickled",))


def test_weights_run_no_code(checkpoints, tmp_path, capsys):
    torch.save({"weight": Harmful()}, tmp_path / "harmful")
    content = (tmp_path / "harmful").read_bytes()
    checkpoints.mkdir(parents=True)
    (checkpoints / name_of(content)).write_bytes(content)
    with pytest.raises(UnpicklingError):
        load_weights(f"http://127.0.0.1:1/{name_of(content)}")
    assert "unpickled" not in capsys.readouterr().out


def test_the_bar_is_hidden_where_all_are(server, checkpoints, capsys, monkeypatch):
    url = fidelity.URL_INCEPTION_V3
    monkeypatch.setenv("TQDM_DISABLE", "1")
    load_weights(url, progress=True)
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("TQDM_DISABLE")
    next(checkpoints.iterdir()).unlink()
    load_weights(url, progress=True)
    assert "100%" in capsys.readouterr().err
