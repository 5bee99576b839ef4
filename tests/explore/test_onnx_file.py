import errno
import json
import os
import subprocess
import sys
from typing import get_args

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper
from torch import nn

from covers_lib.explore import onnx_file
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator, Norm, Up, parameter_count
from covers_lib.gan.sampling import generate


def trained(*shape, **options):
    """A generator whose weights are far from where they begin, as after training."""
    torch.manual_seed(1)
    generator = Generator(*shape, **options)
    with torch.no_grad():
        for layer in generator.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight)
                if layer.bias is not None:
                    layer.bias.normal_(0, 0.3)
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.normal_(1, 0.3)
                layer.bias.normal_(0, 0.3)
                layer.running_mean.normal_(0, 0.5)
                layer.running_var.uniform_(0.2, 3)
    return generator


def covers(model, z):
    """What ONNX Runtime makes of latents, from a model's bytes or file."""
    onnxruntime = onnx_file.runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"z": z.numpy()})[0]


def difference(model, generator, seed=5):
    """How far a model's covers are from torch's, at most."""
    z = latents.sample(5, generator.latent, seed)
    expected = generate(generator, z).numpy()
    assert expected.std() > 0.05, "grey covers would be alike whatever is computed"
    return np.abs(covers(model, z) - expected).max()


def serialised(generator, dtype):
    return onnx_file.build(generator, dtype).SerializeToString()


@pytest.fixture(scope="module")
def large():
    return trained(64, 128, 32)


@pytest.fixture
def small():
    return trained(32, 8, 4)


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("up", get_args(Up))
@pytest.mark.parametrize("norm", get_args(Norm))
@pytest.mark.parametrize("slope", [0, 0.2])
def test_the_graph_computes_what_torch_does(size, up, norm, slope):
    generator = trained(size, 16, 8, up, slope=slope, norm=norm)
    assert difference(serialised(generator, np.float32), generator) < 1e-4
    assert difference(serialised(generator, np.float16), generator) < 2 / 255


@settings(deadline=None, max_examples=25)
@given(
    latent=st.integers(1, 40),
    maps=st.lists(st.integers(1, 12), min_size=3, max_size=4),
    up=st.sampled_from(get_args(Up)),
    norm=st.sampled_from(["batch", "none"]),
    slope=st.floats(0, 1),
    n=st.integers(1, 5),
)
def test_any_shape_is_exported(latent, maps, up, norm, slope, n):
    generator = trained(4 * 2 ** len(maps), latent, up=up, maps=maps, slope=slope, norm=norm)
    z = latents.sample(n, latent, seed=0)
    made = covers(serialised(generator, np.float32), z)
    np.testing.assert_allclose(made, generate(generator, z).numpy(), atol=1e-4)


def test_batchnorm_is_folded_by_hand():
    linear, norm = nn.Linear(1, 4, bias=False), nn.BatchNorm2d(2, eps=0)
    with torch.no_grad():
        linear.weight[:] = torch.tensor([[1.0], [2.0], [3.0], [4.0]])  # 2 features of 2 pixels
        norm.weight[:], norm.bias[:] = torch.tensor([6.0, 1.0]), torch.tensor([0.5, -1.0])
        norm.running_mean[:], norm.running_var[:] = (
            torch.tensor([1.0, 2.0]),
            torch.tensor([4, 0.25]),
        )
    onnx_file.fold(norm, into=linear)
    assert linear.weight.flatten().tolist() == [3, 6, 6, 8]  # times 6/2 and 1/0.5
    assert linear.bias.tolist() == [-2.5, -2.5, -5, -5]  # less 3·1 and 2·2


@pytest.mark.parametrize("up", get_args(Up))
def test_the_model_is_valid_and_holds_no_batchnorm(up):
    model = onnx_file.build(trained(32, 8, 4, up), np.float16)
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 20)]
    assert model.ir_version == 9
    doubling = {"ConvTranspose"} if up == "transposed" else {"Resize", "Conv"}
    operators = {node.op_type for node in model.graph.node}
    assert operators == doubling | {"Cast", "Gemm", "Reshape", "Relu", "Tanh"}
    assert "InstanceNormalization" in {
        node.op_type
        for node in onnx_file.build(trained(32, 8, 4, norm="instance"), np.float16).graph.node
    }


def test_inputs_and_outputs_take_any_number_of_covers(small):
    model = onnx_file.build(small, np.float16)
    (z,), (image,) = model.graph.input, model.graph.output
    shapes = [[d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in (z, image)]  # fmt: skip
    assert (z.name, image.name) == ("z", "image")
    assert shapes == [["N", 8], ["N", 3, 32, 32]]
    model, z = model.SerializeToString(), latents.sample(17, 8, seed=0)
    together = covers(model, z)
    assert together.shape == (17, 3, 32, 32) and together.dtype == np.float32
    alone = np.concatenate([covers(model, part) for part in z.split([1, 3, 13])])
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_weights_are_stored_as_half_as_many_bytes(large, tmp_path):
    model = onnx_file.build(large, np.float16)
    for constant in model.graph.initializer:
        kind = numpy_helper.to_array(constant).dtype
        assert kind == (np.float16 if constant.name.endswith(".weight.stored") else
                        np.int64 if constant.name.endswith(".shape") else np.float32)  # fmt: skip
    exported = onnx_file.export(large, tmp_path / "model.onnx")
    assert exported.bytes == (tmp_path / "model.onnx").stat().st_size < 4e6
    assert exported.bytes < 2.02 * parameter_count(large)


def test_the_difference_is_measured_on_the_file_as_stored(large, small, tmp_path):
    exported = onnx_file.export(large, tmp_path / "model.onnx")
    z = latents.sample(16, 128, seed=0)
    found = np.abs(covers(str(exported.out), z) - generate(large, z).numpy()).max()
    assert exported.max_difference == pytest.approx(found)
    assert onnx_file.max_difference(serialised(large, np.float32), large) < 1e-4 < found < 2 / 255
    other = serialised(trained(32, 8, 4, slope=0.5), np.float16)
    assert onnx_file.max_difference(other, small) > 0.1, "another generator's covers are far"


def test_what_the_explorer_reads(large, tmp_path):
    exported = onnx_file.export(
        large, tmp_path / "new" / "model.onnx", ["dark to light", None, "busy"]
    )
    assert sorted(path.name for path in exported.out.parent.iterdir()) == [
        "model.json",
        "model.onnx",
    ]
    about = json.loads((exported.out.parent / "model.json").read_text())
    assert list(about) == ["size", "latent", "bytes", "max_difference", "directions"]
    assert (about["size"], about["latent"]) == (64, 128)
    assert (about["bytes"], about["max_difference"]) == exported[1:]
    names = [direction["name"] for direction in about["directions"]]
    assert names[:4] == ["dark to light", "direction 2", "busy", "direction 4"] and len(names) == 8
    vectors = np.array([direction["vector"] for direction in about["directions"]])
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(8), atol=1e-5)
    weight = large.first[0].weight.double().detach().numpy()
    stretched = np.linalg.norm(weight @ vectors.T, axis=0)
    most = np.sqrt(np.linalg.eigvalsh(weight.T @ weight)[::-1][:8])
    np.testing.assert_allclose(stretched, most, rtol=1e-4)
    assert all(vector[np.abs(vector).argmax()] > 0 for vector in vectors)


def test_a_small_latent_space_has_fewer_directions(tmp_path):
    out = onnx_file.export(trained(32, 3, 4), tmp_path / "model.onnx", ["a", "b", "c", "d"]).out
    directions = json.loads(out.with_suffix(".json").read_text())["directions"]
    assert [direction["name"] for direction in directions] == ["a", "b", "c"]


def test_exporting_leaves_the_generator_as_it_was(small, tmp_path):
    before = {name: value.clone() for name, value in small.state_dict().items()}
    assert small.training
    first, second = (onnx_file.export(small, tmp_path / name).out for name in ("a.onnx", "b.onnx"))
    assert small.training and small.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in small.state_dict().items())
    assert first.read_bytes() == second.read_bytes()


def test_an_export_replaces_an_earlier_one_or_leaves_both_files(small, tmp_path, monkeypatch):
    out = tmp_path / "model.onnx"
    onnx_file.export(trained(32, 9, 4), out)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    calls, fsync = [], os.fsync

    def full_at_the_second(file):
        calls.append(file)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_at_the_second)
        with pytest.raises(OSError, match="No space"):
            onnx_file.export(small, out)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    onnx_file.export(small, out)
    assert json.loads((tmp_path / "model.json").read_text())["latent"] == 8
    assert covers(str(out), latents.sample(1, 8, 0)).shape == (1, 3, 32, 32)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_named(small, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ValueError, match=rf'install {package}: pip install "covers-lib\[export\]"$'
    ):
        onnx_file.export(small, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["model", "model.pt", "model.onnx.gz"])
def test_another_ending_is_refused(small, tmp_path, name):
    with pytest.raises(ValueError, match=r"cannot export a generator as .*: end it in \.onnx"):
        onnx_file.export(small, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_refused(small, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file is no folder that you may write in"):
        onnx_file.export(small, tmp_path / "file" / "model.onnx")
    for name in ("a.onnx", "b.json"):
        (tmp_path / name).mkdir()
        with pytest.raises(ValueError, match=rf"{name} is a folder: give --out the name of a file"):
            onnx_file.export(small, (tmp_path / name).with_suffix(".onnx"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "b.json", "file"]


def test_a_json_of_something_else_is_not_replaced(small, tmp_path):
    (tmp_path / "record.json").write_text("a run's")
    with pytest.raises(ValueError, match=r"record\.json is there and belongs to no record\.onnx"):
        onnx_file.export(small, tmp_path / "record.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
    assert (tmp_path / "record.json").read_text() == "a run's"


@pytest.mark.parametrize(
    ("part", "value", "dtype"),
    [("weight", 1e6, "16"), ("weight", float("nan"), "16"), ("bias", float("nan"), "32")],
)
def test_weights_that_do_not_fit_are_refused(small, tmp_path, part, value, dtype):
    getattr(small.last[0], part).data.fill_(value)
    message = rf"the weights of last\.0 do not fit into float{dtype}: export another checkpoint"
    with pytest.raises(ValueError, match=message):
        onnx_file.export(small, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


LONELY = """
import socket, sys
def refuse(*_):
    raise AssertionError("it asked the network")
socket.socket.connect = socket.getaddrinfo = refuse
from covers_lib.explore import export
from covers_lib.gan import Generator
export(Generator(32, 8, 4), sys.argv[1])
"""


def test_it_tells_nobody_and_leaves_no_device_name(tmp_path):
    """ONNX Runtime 1.23 and later report to their makers, unless told not to before the import."""
    home = tmp_path / "home"
    home.mkdir()
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(home))
    environment = {key: value for key, value in os.environ.items() if "TELEMETRY" not in key}
    command = [sys.executable, "-c", LONELY, str(tmp_path / "model.onnx")]
    done = subprocess.run(command, env=environment | places, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []
