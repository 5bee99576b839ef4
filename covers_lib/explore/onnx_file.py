"""A generator as a file for the browser: an ONNX graph built by hand, and its directions beside."""

import copy
import json
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn

from covers_lib import files
from covers_lib.errors import InputError
from covers_lib.explore.directions import named
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate

if TYPE_CHECKING:  # the extra `export`; loaded when a generator is exported
    import onnx

# What ONNX Runtime Web reads, and has every operator that a generator needs.
OPSET, IR_VERSION = 20, 9
LATENTS = 16  # that the exported generator is compared on

Weighted = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


class Exported(NamedTuple):
    """What was exported: the file, its bytes, and how far its covers lie from the generator's."""

    out: Path
    bytes: int
    max_difference: float


def export(generator: Generator, out: str | Path, names: Sequence[str | None] = ()) -> Exported:
    """Write a generator as `X.onnx`, and as `X.json` what the explorer wants to know of it.

    The graph turns `z` (N, latent) float32 into `image` (N, 3, size, size) float32 in [-1, 1], for
    any N. BatchNorm, with its running statistics, is folded into the layer before it. Weights are
    stored as float16, half the bytes, and computed with as float32.

    `max_difference` compares the file as stored, float16 weights and all, run by ONNX Runtime, with
    the float32 generator, run by torch: the largest difference of a value, on the scale from -1 to
    1, in the covers of 16 latents.

    `X.json` holds size, latent, bytes, max_difference, and directions: the eight closed-form ones,
    or `latent` if that is fewer, as unit vectors. `names` are those of the first few.

    What was at both places stays until both files are whole.

    Raises `InputError` if onnx or onnxruntime is not installed, for an ending other than .onnx, a
    place that cannot be written or where a .json of something else is, or weights that do not fit
    into float16.
    """
    out = Path(out)
    check(out)
    model = build(generator, np.float16).SerializeToString(deterministic=True)
    exported = Exported(out, len(model), max_difference(model, generator))
    about = {
        "size": generator.size,
        "latent": generator.latent,
        "bytes": exported.bytes,
        "max_difference": exported.max_difference,
        "directions": named_directions(generator, names),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_all({out: model, beside(out): json.dumps(about)})
    return exported


def beside(out: Path) -> Path:
    """Name the file that says what the explorer wants to know of the one at `out`."""
    return out.with_suffix(".json")


def check(out: Path) -> None:
    """Raise `InputError` unless a generator can be exported to `out`."""
    try:
        import onnx  # noqa: F401

        runtime()
    except ModuleNotFoundError as error:
        raise InputError(
            f'to export a generator, install {error.name}: pip install "covers-lib[export]"'
        ) from None
    if out.suffix.lower() != ".onnx":
        raise InputError(f"cannot export a generator as {out}: end it in .onnx")
    for path in (out, beside(out)):
        files.check_place(path, "--out")
    if beside(out).exists() and not out.exists():  # such as a run's record
        raise InputError(
            f"{beside(out)} is there and belongs to no {out.name}: choose another --out, or remove "
            f"the file"
        )


def runtime() -> ModuleType:
    """Import ONNX Runtime, which is told first to send nothing home, and to note no device."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return import_module("onnxruntime")


def build(generator: Generator, dtype: type[np.floating]) -> "onnx.ModelProto":
    """Build the graph of a generator, with weights stored as `dtype`: float16, or float32.

    Its names are those of the generator's own layers and weights.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, value = [], [], "z"
    for name, layer in folded(generator).items():
        operator, arrays, options = described(layer)
        inputs = {part: f"{name}.{part}" for part in arrays}
        for part, array in arrays.items():
            if array.ndim == 1:  # a bias, a shape: few numbers
                constants.append(numpy_helper.from_array(fitted(array, name), inputs[part]))
                continue
            stored = f"{inputs[part]}.stored"
            constants.append(numpy_helper.from_array(fitted(array, name, dtype), stored))
            nodes.append(helper.make_node("Cast", [stored], [inputs[part]], to=TensorProto.FLOAT))
        nodes.append(helper.make_node(operator, [value, *inputs.values()], [name], name, **options))
        value = name
    nodes[-1].output[0] = "image"
    side = generator.size
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", generator.latent])
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, side, side])
    graph = helper.make_graph(nodes, "generator", [z], [image], constants)
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(
        graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="covers_lib"
    )


def folded(generator: Generator) -> dict[str, nn.Module]:
    """Return a generator's layers by name, in float64, each BatchNorm in the layer before it."""
    layers: dict[str, nn.Module] = {}
    weighted: Weighted | None = None
    for name, layer in copy.deepcopy(generator).cpu().double().named_modules():
        if isinstance(layer, nn.BatchNorm2d) and weighted is not None:
            fold(layer, into=weighted)
        elif not list(layer.children()):
            layers[name] = layer
        if isinstance(layer, Weighted):
            weighted = layer
    return layers


@torch.no_grad()
def fold(norm: nn.BatchNorm2d, into: Weighted) -> None:
    """Put what a BatchNorm does in eval mode into a layer, which has no bias of its own.

    The norm scales and shifts each feature: so do the weights that lead to it, and a bias.
    """
    mean, variance = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
    scale = norm.weight / torch.sqrt(variance + norm.eps)  # (C,)
    shift = norm.bias - scale * mean
    if isinstance(into, nn.Linear):  # (C·16, latent): a feature is 16 rows
        pixels = len(into.weight) // len(scale)
        scale, shift = scale.repeat_interleave(pixels), shift.repeat_interleave(pixels)
    feature = 1 if isinstance(into, nn.ConvTranspose2d) else 0  # (before, after, 4, 4): after
    into.weight.movedim(feature, -1).mul_(scale)
    into.bias = nn.Parameter(shift)


def described(layer: nn.Module) -> tuple[str, dict[str, np.ndarray], dict]:
    """Say what a layer is in ONNX: its operator, its constant inputs by name, and its attributes.

    What is computed with is float32.
    """
    weights = {name: p.detach().float().numpy() for name, p in layer.named_parameters()}
    match layer:
        case nn.Linear():  # (outputs, inputs), so transposed
            return "Gemm", weights, {"transB": 1}
        case nn.ConvTranspose2d():
            return "ConvTranspose", weights, {"strides": layer.stride, "pads": 2 * layer.padding}
        case nn.Conv2d():
            return "Conv", weights, {"strides": layer.stride, "pads": 2 * layer.padding}
        case nn.Unflatten():
            return "Reshape", {"shape": np.array([-1, *layer.unflattened_size])}, {}
        case nn.Upsample():  # which pixel each comes from: floor(x / 2), torch's "nearest"
            scales = np.array([1, 1, layer.scale_factor, layer.scale_factor], np.float32)
            chosen = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            return "Resize", {"roi": np.zeros(0, np.float32), "scales": scales}, chosen
        case nn.InstanceNorm2d():
            ones = np.ones(layer.num_features, np.float32)
            return "InstanceNormalization", {"scale": ones, "B": 0 * ones}, {"epsilon": layer.eps}
        case nn.LeakyReLU():
            return "LeakyRelu", {}, {"alpha": layer.negative_slope}
        case nn.ReLU():
            return "Relu", {}, {}
        case nn.Tanh():
            return "Tanh", {}, {}
    raise NotImplementedError(f"no ONNX operator is known for {layer}")


def fitted(array: np.ndarray, name: str, dtype: type[np.floating] | None = None) -> np.ndarray:
    """Return numbers of a layer, as `dtype`; raise `InputError` if they do not fit, or are NaN."""
    with np.errstate(over="ignore"):
        stored = array.astype(dtype or array.dtype)
    if not np.isfinite(stored).all():
        raise InputError(
            f"the weights of {name} do not fit into {stored.dtype}: export another checkpoint"
        )
    return stored


def max_difference(model: bytes, generator: Generator) -> float:
    """Measure how far ONNX Runtime's covers are from torch's at most, on 16 latents.

    Both compute on the CPU in float32: a GPU may round more coarsely.
    """
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # else it pins threads to cores, and complains where it can't
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    z = latents.sample(LATENTS, generator.latent, seed=0)
    (covers,) = session.run(["image"], {"z": z.numpy()})
    expected = generate(copy.deepcopy(generator).cpu(), z).numpy()
    return float(np.abs(covers - expected).max())


def named_directions(generator: Generator, names: Sequence[str | None]) -> list[dict]:
    """List the closed-form directions, each with its name or, without one, its number."""
    found, directions = named(generator, names)
    vectors = [[round(number, 7) for number in row] for row in directions.tolist()]  # as float32
    return [{"name": name, "vector": row} for name, row in zip(found, vectors, strict=True)]
