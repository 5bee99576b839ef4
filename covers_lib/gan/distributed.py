"""Several processes, one batch: each takes its part, and trains as if it had seen them all.

Networks are not wrapped in DistributedDataParallel, whose hooks and the gradient penalty's second
derivative get in each other's way.
"""

import torch
from accelerate import Accelerator
from torch import Tensor, distributed, nn

from covers_lib.errors import InputError
from covers_lib.gan.devices import pick_device


class GlobalBatchNorm(nn.BatchNorm2d):
    """BatchNorm over the batches of all processes. torch's SyncBatchNorm refuses a CPU's tensors.

    In training, (N, C, H, W) in every process, of one shape; gradients reach every process's part.
    Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167.
    """

    running_mean: Tensor  # always tracked here: never None
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    @torch.compiler.disable  # it talks to the other processes
    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        own = torch.stack(torch.var_mean(x.float(), (0, 2, 3), correction=0))  # (2, C)
        variances, means = from_all(own).unbind(1)  # (processes, C) each
        mean = means.mean(0)  # (C,)
        variance = variances.mean(0) + means.var(0, correction=0)  # within and between processes
        self.track(mean.detach(), variance.detach(), len(means) * x.numel() // x.shape[1])
        scale = self.weight * (variance + self.eps).rsqrt()
        centred = x - mean[:, None, None]
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def track(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics towards those of `count` values a feature."""
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum)


class Sum(torch.autograd.Function):
    """Sum a tensor over all processes. The slope of everyone's loss is a sum over them, too."""

    @staticmethod
    def forward(context, own: Tensor) -> Tensor:
        total = own.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context, slope: Tensor) -> Tensor:
        return Sum.apply(slope)


def from_all(own: Tensor) -> Tensor:
    """Gather a tensor (…) of every process into (processes, …); gradients find their way back."""
    rank, processes = distributed.get_rank(), distributed.get_world_size()
    rows = [own if row == rank else torch.zeros_like(own) for row in range(processes)]
    return Sum.apply(torch.stack(rows))


def with_global_norm(network: nn.Module) -> nn.Module:
    """Put a `GlobalBatchNorm` in the place of each BatchNorm of a network, and give it back."""
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            norm = GlobalBatchNorm(child.num_features, child.eps, child.momentum)
            norm.load_state_dict(child.state_dict())
            setattr(network, name, norm.to(child.weight.device))
        else:
            with_global_norm(child)
    return network


def find_processes() -> Accelerator:
    """Find the device, and the other processes if `accelerate launch` or torchrun began several.

    Accelerate must be told where there is no accelerator: else it leaves each process alone.
    """
    return Accelerator(cpu=pick_device().type == "cpu")


def check_split(batch: int, accelerator: Accelerator) -> None:
    """Raise `InputError` if a batch can't be cut into equal parts, one a process."""
    if batch % accelerator.num_processes:
        raise InputError(
            f"a batch of {batch} can't be shared equally by {accelerator.num_processes} processes: "
            "choose another batch or --num_processes"
        )


def own_part(accelerator: Accelerator, everyones: Tensor) -> Tensor:
    """Cut out this process's part of a batch (N, …) that every process has whole."""
    return everyones.chunk(accelerator.num_processes)[accelerator.process_index]


def average_gradients(accelerator: Accelerator, network: nn.Module) -> None:
    """Replace a network's gradients by their mean over all processes, in one message."""
    if accelerator.num_processes == 1:
        return
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def average_metrics(accelerator: Accelerator, metrics: dict[str, Tensor]) -> dict[str, Tensor]:
    """Average scalars over all processes."""
    if accelerator.num_processes == 1:
        return metrics
    means = accelerator.reduce(torch.stack(list(metrics.values())), "mean")
    return dict(zip(metrics, means, strict=True))
