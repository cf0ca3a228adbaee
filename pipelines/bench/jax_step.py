"""JAX's training step of one net on the CPU, compiled as a whole, timed."""

import argparse
import functools
import itertools
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from files import report, shards


def parameters(hidden: int) -> list[tuple[jax.Array, jax.Array]]:
    """Weights and biases of 784-hidden-hidden-10."""
    random = np.random.default_rng(0)
    sizes = [784, hidden, hidden, 10]
    return [
        (
            jnp.asarray(random.uniform(-1, 1, (inputs, outputs)) * (6 / inputs) ** 0.5, jnp.float32),
            jnp.zeros(outputs, jnp.float32),
        )
        for inputs, outputs in itertools.pairwise(sizes)
    ]


def drop(key: jax.Array, values: jax.Array, rate: float) -> jax.Array:
    """Dropout."""
    return jnp.where(jax.random.bernoulli(key, 1 - rate, values.shape), values / (1 - rate), 0)


def loss(net: list, pixels: jax.Array, target: jax.Array, key: jax.Array, dropout: bool) -> jax.Array:
    """Of a batch: cross-entropy with dropout, or the divergence at T=20 without."""
    values = pixels.astype(jnp.float32) / 255
    keys = jax.random.split(key, 3)
    if dropout:
        values = drop(keys[0], values, 0.1)
    for number, (weights, bias) in enumerate(net[:-1]):
        values = jax.nn.relu(values @ weights + bias)
        if dropout:
            values = drop(keys[number + 1], values, 0.4)
    logits = values @ net[-1][0] + net[-1][1]
    if dropout:
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), target[:, None], 1))
    return -400 * jnp.mean(jnp.sum(target * jax.nn.log_softmax(logits / 20), 1))


def step(state: tuple, images: jax.Array, targets: jax.Array, rows: jax.Array, dropout: bool, adam: bool) -> tuple:
    """One step of SGD with momentum or of Adam, then max-norm."""
    net, first, second, key, count = state
    key, used = jax.random.split(key)
    gradient = jax.grad(loss)(net, images[rows], targets[rows], used, dropout)
    count = count + 1
    if adam:
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        rate = 1e-3 / (1 - 0.9**count)
        scale = 1 / jnp.sqrt(1 - 0.999**count)
        net = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * scale + 1e-8), net, first, second)
    else:
        first = jax.tree.map(lambda m, g: 0.9 * m + g, first, gradient)
        net = jax.tree.map(lambda w, m: w - 0.03 * m, net, first)
    if dropout:
        net = [
            (weights * jnp.minimum(1, 2 / jnp.linalg.norm(weights, axis=0)), bias) for weights, bias in net[:-1]
        ] + net[-1:]
    return net, first, second, key, count


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("--targets", type=Path)
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--optimizer", choices=["sgd", "adam"], required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    dropout, adam = options.targets is None, options.optimizer == "adam"
    images = jnp.asarray(shards(options.images, "images").reshape(-1, 784))
    targets = jnp.asarray(
        shards(options.images, "labels").astype(np.int32) if dropout else shards(options.targets, "soft_targets")
    )
    run = jax.jit(functools.partial(step, dropout=dropout, adam=adam), donate_argnums=0)
    net = parameters(options.hidden)
    zeros = jax.tree.map(jnp.zeros_like, net)
    state = (
        net,
        zeros,
        jax.tree.map(jnp.zeros_like, net) if adam else [],
        jax.random.key(0),
        jnp.zeros((), jnp.int32),
    )
    order = np.random.default_rng(0).permutation(len(images)).astype(np.int32)
    batch = 128

    def advance(state: tuple, number: int) -> tuple:
        start = number * batch % (len(order) - batch)
        return run(state, images, targets, order[start : start + batch])

    for number in range(30):
        state = advance(state, number)
    jax.block_until_ready(state)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < options.seconds:
        # Waiting now and then only, so that dispatch and work overlap.
        for _ in range(16):
            state = advance(state, 30 + count)
            count += 1
        jax.block_until_ready(state)
    report(images_per_second=count * batch / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
