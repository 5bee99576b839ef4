"""Networks that a robust loss should train, too: the recipe's own, and three odd ones."""

from itertools import pairwise

from torch import nn

from covers_lib.gan.networks import LEAK, initialise, normalised, rectifier
from covers_lib.gan.recipes import Recipe

HIDDEN = 512  # of the fully connected generator, as in Gulrajani et al. 2017, table 3


def networks_of(recipe: Recipe) -> tuple[nn.Module, nn.Module]:
    """Build the networks that the recipe names."""
    return recipe.generator(), recipe.discriminator()


def tanh_everywhere(recipe: Recipe) -> tuple[nn.Module, nn.Module]:
    """Build the recipe's networks with tanh in the place of every rectifier."""
    networks = networks_of(recipe)
    for network in networks:
        for module in list(network.modules()):
            for name, layer in module.named_children():
                if isinstance(layer, nn.ReLU | nn.LeakyReLU):
                    setattr(module, name, nn.Tanh())
    return networks


def fully_connected_generator(recipe: Recipe) -> tuple[nn.Module, nn.Module]:
    """Build a generator of four hidden layers of 512, and the recipe's discriminator."""
    sizes = [recipe.latent, HIDDEN, HIDDEN, HIDDEN, HIDDEN]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
    values = 3 * recipe.size**2
    shape = (3, recipe.size, recipe.size)
    generator = nn.Sequential(*layers, nn.Linear(HIDDEN, values), nn.Tanh(), nn.Unflatten(1, shape))
    # 0.02 would shrink the signal sixfold a layer: the networks of the paper are He's.
    initialise(generator, "he")
    return generator, recipe.discriminator()


def more_convolutions(recipe: Recipe) -> tuple[nn.Module, nn.Module]:
    """Build the recipe's networks with one more 3x3 convolution a block, normed as the block is."""
    generator, discriminator = networks_of(recipe)
    for place, block in enumerate(generator.blocks):
        features = block[0].out_channels
        more = convolution(features, recipe.generator_norm, recipe.slope)
        initialise(more, recipe.generator_init, recipe.slope)
        generator.blocks[place] = nn.Sequential(block, more)
    layers: list[nn.Module] = []
    for layer in discriminator.features:
        layers.append(layer)
        if isinstance(layer, nn.LeakyReLU):
            features = [part for part in layers if isinstance(part, nn.Conv2d)][-1].out_channels
            more = convolution(features, recipe.norm, LEAK)
            initialise(more, recipe.init, LEAK)
            layers.append(more)
    discriminator.features = nn.Sequential(*layers)
    return generator, discriminator


def convolution(features: int, norm: str, slope: float) -> nn.Sequential:
    """Build a convolution that keeps the size of what passes, its norm and its rectifier."""
    return nn.Sequential(
        nn.Conv2d(features, features, 3, padding=1, bias=norm == "none"),
        *normalised(features, norm),
        rectifier(slope),
    )
