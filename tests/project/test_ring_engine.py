"""The engine of `<ring-trainer>`, run by Node, against torch and this library."""

import gzip
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from node import run_ring
from torch import Tensor, nn
from torch.nn import functional as F

from covers_lib.gan import losses, training
from covers_lib.toys import earth_mover, points, ring

HERE = Path(__file__).parents[2] / "book" / "_static" / "ring"
GAMES = {
    "bce": {},
    "saturating": {},
    "wasserstein": {"loss": "wasserstein", "penalty": 1.0},
    "relativistic": {"loss": "relativistic", "r1": 0.3, "r2": 0.1},
    "bce with R1": {"r1": 1.0},
    "all penalties": {"loss": "wasserstein", "penalty": 10.0, "r1": 0.1, "r2": 0.2},
}
every_game = pytest.mark.parametrize("name", GAMES)


def recipe_of(name: str, **changes):
    return replace(ring.IN_THE_PAGE, **GAMES[name] | changes)


def page_recipe(name: str, recipe) -> dict:
    return asdict(recipe) | ({"loss": "saturating"} if name == "saturating" else {})


def flat(network: nn.Module) -> Tensor:
    return torch.cat([values.detach().flatten() for values in network.parameters()])


def saturating_generator(fake_logits: Tensor) -> Tensor:
    return F.logsigmoid(-fake_logits).mean()


class Recorded:
    """A GAN of points in float64 by the library's own steps, and all that it draws, in order."""

    def __init__(self, recipe):
        torch.manual_seed(0)
        networks = (
            nn.Sequential(*points.point_network(recipe.latent, 2, recipe.width)),
            nn.Sequential(*points.point_network(2, 1, recipe.width), nn.Flatten(0)),
        )
        self.gan = training.assemble(recipe, *(network.double() for network in networks))
        self.start = {"generator": flat(networks[0]), "discriminator": flat(networks[1])}
        self.drawn = {"latents": [], "epsilons": [], "real": []}
        draw, take = self.gan.draw, ring.ring_batches(recipe.batch, 0)

        def recorded_draw(law, n, *shape):
            drawn = draw(law, n, *shape)
            self.drawn["latents" if law is torch.randn else "epsilons"].append(drawn)
            return drawn.double()

        def recorded_batch(k):
            self.drawn["real"].append(take(k))
            return self.drawn["real"][-1].double()

        self.gan.draw, self.batch = recorded_draw, recorded_batch
        self.gan.fakes = lambda n: self.gan.generator(self.gan.latents(n))
        self.gan.logits = self.gan.discriminator

    def said(self) -> dict:
        drawn = {name: [one.flatten().tolist() for one in all] for name, all in self.drawn.items()}
        return drawn | {name: weights.tolist() for name, weights in self.start.items()}


STEPS = """
import { Game } from "ring/game.mjs";
const { recipe, generator, discriminator, real, latents, epsilons, steps } = said;
const game = new Game(recipe, 0, null, Float64Array);
game.generator.parameters.set(generator);
game.discriminator.parameters.set(discriminator);
for (let k = 0; k < steps; k++) {
  for (let critic = 0; critic < recipe.n_critic; critic++) {
    game.real.set(real.shift());
    game.z.set(latents.shift());
    if (recipe.penalty) game.epsilon.set(epsilons.shift());
    game.discriminatorStep();
  }
  game.z.set(latents.shift());
  game.generatorStep();
}
const end = (network) => [...network.parameters];
console.log(JSON.stringify({
  generator: end(game.generator), discriminator: end(game.discriminator),
}));
"""


@every_game
def test_ten_steps_are_those_of_torch(name, monkeypatch):
    # In float64: some gradients are 0 but for rounding (that of a bias which moves real and fake
    # scores alike), and Adam would make whole steps out of float32's rounding.
    if name == "saturating":
        pair = (losses.bce_discriminator, saturating_generator)
        monkeypatch.setitem(training.LOSSES, "bce", pair)
    recipe = recipe_of(name, steps=10)
    theirs = Recorded(recipe)
    training.train(theirs.gan, theirs.batch, recipe.steps)
    said = {"recipe": page_recipe(name, recipe), "steps": recipe.steps} | theirs.said()
    ours = run_ring(STEPS, said)
    for network, start in theirs.start.items():
        end = flat(getattr(theirs.gan, network))
        moved, ours_moved = end - start, torch.tensor(ours[network], dtype=torch.float64) - start
        assert moved.abs().max() > 10 * recipe.lr / 2, "else nothing is compared"
        assert (ours_moved - moved).norm() < 1e-4 * moved.norm()


GRADIENT = """
import { Game } from "ring/game.mjs";
const Floats = said.exact ? Float64Array : Float32Array;
const game = new Game(said.recipe, 3, null, Floats);
if (said.discriminator) game.discriminator.parameters.set(said.discriminator);
if (said.generator) game.generator.parameters.set(said.generator);
game.real.set(said.real);
game.z.set(said.z);
game.epsilon.set(said.epsilon);
game.discriminatorGradient();
console.log(JSON.stringify([...game.discriminator.gradient]));
"""


def discriminator_loss(recipe, critic, real, fake, epsilon) -> Tensor:
    loss = losses.LOSSES[recipe.loss][0](critic(real), critic(fake))
    loss = loss + recipe.penalty * losses.gradient_penalty(critic, real, fake, epsilon)
    for weight, samples in ((recipe.r1, real), (recipe.r2, fake)):
        loss = loss + weight / 2 * losses.with_slopes(critic, samples)[1].mean()
    return loss


@every_game
def test_the_discriminators_gradient_is_that_of_torch_in_float32(name):
    recipe = recipe_of(name)
    theirs = Recorded(recipe)
    torch.manual_seed(1)
    real, z = theirs.batch(0), torch.randn(recipe.batch, recipe.latent)
    epsilon = torch.rand(recipe.batch)
    critic, fake = theirs.gan.discriminator, theirs.gan.generator(z.double()).detach()
    discriminator_loss(recipe, critic, real, fake, epsilon.double()).backward()
    gradient = torch.cat([values.grad.flatten() for values in critic.parameters()])
    said = {"real": real, "z": z, "epsilon": epsilon} | theirs.start
    said = {key: values.flatten().tolist() for key, values in said.items()}
    ours = run_ring(GRADIENT, said | {"recipe": page_recipe(name, recipe)})
    assert (torch.tensor(ours) - gradient).norm() < 1e-5 * gradient.norm()


DIFFERENCES = """
import { Game } from "ring/game.mjs";
const { recipe, places, small } = said;
const game = new Game(recipe, 5, null, Float64Array);
game.latents.fillNormal(game.z);
game.points.fillNormal(game.real);
game.epsilons.fillUniform(game.epsilon);
const penalty = () => {
  const critic = game.discriminator;
  const n = recipe.batch;
  game.discriminatorGradient();
  let sum = 0;
  const slopes = critic.deltas[0];
  for (let r = 0; r < 3 * n; r++) {
    const square = slopes[2 * r] ** 2 + slopes[2 * r + 1] ** 2;
    if (r >= 2 * n) sum += (recipe.penalty * (Math.sqrt(square) - 1) ** 2) / n;
    else sum += ((r < n ? recipe.r1 : recipe.r2) * square) / 2 / n;
  }
  const scores = critic.outputs;
  for (let r = 0; r < n; r++) sum += (scores[n + r] - scores[r]) / n;
  return sum;
};
const at = game.discriminator.parameters;
penalty();
const gradient = [...game.discriminator.gradient];
const differences = places.map((place) => {
  const kept = at[place];
  at[place] = kept + small;
  const above = penalty();
  at[place] = kept - small;
  const below = penalty();
  at[place] = kept;
  return (above - below) / (2 * small);
});
console.log(JSON.stringify({ gradient: places.map((place) => gradient[place]), differences }));
"""


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (10.0, 0.0, 0.0), (1.0, 0.5, 2.0)])
def test_the_penaltys_gradient_is_that_of_central_differences(weights):
    penalty, r1, r2 = weights
    recipe = recipe_of("wasserstein", penalty=penalty, r1=r1, r2=r2)
    places = list(range(0, 96, 5)) + list(range(96, 1185, 29))  # of all three layers
    told = run_ring(DIFFERENCES, {"recipe": asdict(recipe), "places": places, "small": 1e-6})
    gradient, differences = np.array(told["gradient"]), np.array(told["differences"])
    assert np.abs(gradient).max() > 0.01
    assert np.abs(gradient - differences).max() < 1e-6


def test_the_settings_are_the_librarys():
    said = json.loads((HERE / "settings.json").read_text())
    wanted = json.loads(json.dumps(ring.page_settings()))
    assert said == wanted, (
        "write them again: python -c 'import json; from covers_lib.toys import ring; "
        "print(json.dumps(ring.page_settings(), indent=1))' > book/_static/ring/settings.json"
    )


def test_modes_are_counted_as_the_library_counts_them():
    script = """
    import { dataOf } from "ring/data.mjs";
    const data = dataOf("ring", said.settings);
    const { reach, fair } = said.settings;
    console.log(JSON.stringify(said.sets.map((points) => data.count(points, reach, fair))));
    """
    real, centres = ring.ring_batches(400, seed=0)(0), ring.ring_centres()
    stray = torch.cat([centres[:1].repeat(999, 1), centres[4:5]])
    sets = [real, stray, torch.zeros(10, 2), real[:40] + 0.15, real[:, :1].repeat(1, 2)]
    told = run_ring(
        script,
        {"settings": ring.page_settings(), "sets": [one.flatten().tolist() for one in sets]},
    )
    for one, ours in zip(sets, told, strict=True):
        theirs = ring.count_modes(one)
        assert ours["found"] == theirs.found and ours["good"] == pytest.approx(theirs.good)


def test_points_are_drawn_around_their_centres():
    script = """
    import { dataOf } from "ring/data.mjs";
    import { Stream } from "ring/stream.mjs";
    const drawing = [[1, 1]];
    const draw = (name) => {
      const points = new Float64Array(8000);
      dataOf(name, said, drawing).fill(points, new Stream(0, 1));
      return [...points];
    };
    const names = ["ring", "grid", "rings", "spiral", "drawing"];
    console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, draw(name)]))));
    """
    told = run_ring(script, ring.page_settings())
    sets = {name: torch.tensor(points).view(-1, 2) for name, points in told.items()}
    count = ring.count_modes(sets["ring"])
    assert count.found == 8 and count.good > 0.99
    cell = (sets["grid"] + 2).round().clamp(0, 4)
    assert len(cell.unique(dim=0)) == 25
    assert (sets["grid"] + 2 - cell).std() == pytest.approx(0.05, rel=0.05)
    radii = sets["rings"].norm(dim=1)
    assert float((radii > 1.5).float().mean()) == pytest.approx(0.5, abs=0.03)
    spiral = earth_mover.spiral(4_000)
    assert torch.cdist(sets["spiral"], spiral).min(1).values.max() < 0.15
    assert torch.cdist(spiral, sets["spiral"]).min(1).values.max() < 0.15
    assert (sets["drawing"] - 1).abs().max() < 0.15


@pytest.mark.parametrize("kind", ["apart", "one heap", "alike"])
def test_the_distance_is_exact(kind):
    script = """
    import { exactDistance } from "ring/earth-mover.mjs";
    console.log(exactDistance(...said.map((points) => Float64Array.from(points))));
    """
    real = ring.ring_batches(120, seed=0)(0).double()
    rng = torch.Generator().manual_seed(0)
    fakes = {
        "apart": torch.randn(120, 2, generator=rng).double(),
        "one heap": 0.01 * torch.randn(120, 2, generator=rng).double() + 2,
        "alike": real.flip(0),
    }[kind]
    ours = run_ring(script, [points.flatten().tolist() for points in (real, fakes)])
    assert ours == pytest.approx(earth_mover.exact_distance(real, fakes), abs=1e-5)


TWICE = """
import { dataOf } from "ring/data.mjs";
import { Game } from "ring/game.mjs";
import { Observer } from "ring/observer.mjs";
const play = (loss, seed) => {
  const game = new Game(said.games[loss], seed, dataOf("ring", said));
  const observer = new Observer(game, seed, said);
  observer.advance(0);
  const first = observer.look();
  observer.advance(60);
  return [first, observer.look()].map(({ points, found, good, history, step }) => (
    { points: [...points], found, good, history, step }
  ));
};
console.log(JSON.stringify([
  play("wasserstein", 7), play("wasserstein", 7), play("bce", 7), play("wasserstein", 8),
]));
"""


def test_a_seed_repeats_a_game_and_begins_others_alike():
    first, again, other_loss, other_seed = run_ring(TWICE, ring.page_settings())
    assert first == again
    assert first[0]["points"] == other_loss[0]["points"], "the same weights and latents"
    assert first[1]["points"] != other_loss[1]["points"]
    assert first[0]["points"] != other_seed[0]["points"]
    assert [told["step"] for told in first] == [0, 60]
    assert [[place["step"] for place in told["history"]] for told in first] == [[0], [50]]


def test_it_is_light():
    files = [path for path in HERE.iterdir() if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 40_000
