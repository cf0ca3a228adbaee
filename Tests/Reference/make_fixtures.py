"""Makes the reference numbers that the tests compare with, by PyTorch in double precision.

Run from anywhere with the venv of `pipelines/setup.sh --python`, and SciPy in it:
    .cache/python/bin/pip install scipy==1.17.1
    .cache/python/bin/python Tests/Reference/make_fixtures.py
The same versions give the same bytes. Inputs are rounded to 32 bits first, so both sides start alike.
"""

import itertools
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy.optimize import minimize

HERE = Path(__file__).parent
SIZES = [12, 9, 7, 5]
LOSSES = {"hard": None, "soft_T4": (4.0, 0.0), "mixed_T20_w0.1": (20.0, 0.1), "logits": None}


def rounded(generator, *shape, scale=1.0):
    """Normal numbers that 32 bits hold exactly, in double precision."""
    values = generator.standard_normal(shape) * scale
    return torch.tensor(values.astype(np.float32).astype(np.float64))


def make_net(generator):
    layers = []
    for index, (inputs, outputs) in enumerate(itertools.pairwise(SIZES)):
        linear = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        linear.weight.data = rounded(generator, outputs, inputs, scale=0.5)
        linear.bias.data = rounded(generator, outputs, scale=0.2)
        layers.append(linear)
    return torch.nn.ModuleList(layers)


def forward(net, inputs):
    for layer in net[:-1]:
        inputs = torch.relu(layer(inputs))
    return net[-1](inputs)


def loss_of(name, logits, labels, teacher_logits):
    hard = torch.nn.functional.cross_entropy(logits, labels)
    if name == "hard":
        return hard
    if name == "logits":
        centred = logits - logits.mean(1, keepdim=True)
        target = teacher_logits - teacher_logits.mean(1, keepdim=True)
        return ((centred - target) ** 2).sum(1).mean() / (2 * logits.shape[1])
    temperature, weight = LOSSES[name]
    student = torch.log_softmax(logits / temperature, 1)
    teacher = torch.softmax(teacher_logits / temperature, 1)
    soft = torch.nn.functional.kl_div(student, teacher, reduction="batchmean")
    return (1 - weight) * temperature**2 * soft + weight * hard


def named(net, prefix, values):
    return {f"{prefix}layers.{k}.{n}": values(getattr(l, n)) for k, l in enumerate(net) for n in ("weight", "bias")}


def training_step():
    generator = np.random.default_rng(1503)
    pixels = generator.integers(0, 256, (6, SIZES[0]), dtype=np.uint8)
    inputs = torch.tensor((pixels.astype(np.float32) * np.float32(1 / 255)).astype(np.float64))
    labels = torch.tensor([0, 4, 2, 1, 3, 2])
    teacher_logits = rounded(generator, 6, SIZES[-1], scale=3.0)
    net = make_net(generator)
    initial = {name: value.clone() for name, value in net.state_dict().items()}
    tensors = {"pixels": pixels, "labels": labels.numpy().astype(np.uint8), "teacher_logits": teacher_logits}
    tensors["teacher_probabilities.4"] = torch.softmax(teacher_logits / 4, 1)
    tensors["teacher_probabilities.20"] = torch.softmax(teacher_logits / 20, 1)
    tensors["logits"] = forward(net, inputs)
    tensors |= named(net, "", lambda value: value.detach().clone())
    for name in LOSSES:
        net.zero_grad()
        loss = loss_of(name, forward(net, inputs), labels, teacher_logits)
        loss.backward()
        tensors[f"loss.{name}"] = loss.reshape(1)
        tensors |= named(net, f"gradient.{name}.", lambda value: value.grad.clone())

    def three_steps(optimizer, max_norm):
        net.load_state_dict(initial)
        average = {name: value.clone() for name, value in initial.items()}
        for step in range(1, 4):
            optimizer.zero_grad()
            loss_of("soft_T4", forward(net, inputs), labels, teacher_logits).backward()
            optimizer.step()
            if max_norm is not None:
                for layer in net[:-1]:
                    norms = layer.weight.data.norm(dim=1, keepdim=True)
                    assert (norms > max_norm).sum() >= 2, "the constraint must be active"
                    layer.weight.data *= torch.clamp(max_norm / norms, max=1.0)
            decay = min(0.99, (1 + step) / (10 + step))
            for name, value in net.state_dict().items():
                average[name] = decay * average[name] + (1 - decay) * value
        return average

    average = three_steps(torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), 0.8)
    tensors |= named(net, "sgd.", lambda value: value.detach().clone())
    tensors |= {f"average.layers.{name}": value for name, value in average.items()}
    three_steps(torch.optim.Adam(net.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-8), None)
    tensors |= named(net, "adam.", lambda value: value.detach().clone())

    # Inputs as a training sees them: scale (x - mean), both exact in single precision.
    means = np.arange(SIZES[0]) * 11.25
    seen = torch.tensor((pixels.astype(np.float64) - means) * 2.0**-7)
    tensors |= {"normalized.means": means, "normalized.scale": np.array([2.0**-7])}
    net.load_state_dict(initial)
    net.zero_grad()
    tensors["normalized.logits"] = forward(net, seen)
    loss_of("soft_T4", forward(net, seen), labels, teacher_logits).backward()
    tensors |= named(net, "normalized.gradient.", lambda value: value.grad.clone())
    inputs = seen
    three_steps(torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), 0.8)
    tensors |= named(net, "normalized.sgd.", lambda value: value.detach().clone())
    write("training_step", tensors)


def soft_targets():
    generator = np.random.default_rng(2531)
    logits = [rounded(generator, 8, 10, scale=4.0).numpy() for _ in range(2)]
    third, fourth = np.argsort(-logits[0][0])[2:4]
    logits[0][0, fourth] = logits[0][0, third]  # a tie across the cut at three classes
    labels = np.array([3, 1, 4, 1, 5, 9, 2, 6])

    def softmax(values, temperature):
        powers = np.exp((values - values.max(1, keepdims=True)) / temperature)
        return powers / powers.sum(1, keepdims=True)

    tensors = {"logits.0": logits[0], "logits.1": logits[1], "labels": labels.astype(np.uint8)}
    for temperature in (1, 4, 20):
        tensors[f"temperature.{temperature}"] = softmax(logits[0], temperature)
    both = [softmax(values, 4) for values in logits]
    tensors["arithmetic.4"] = (both[0] + both[1]) / 2
    product = np.sqrt(both[0] * both[1])
    tensors["geometric.4"] = product / product.sum(1, keepdims=True)

    dense = both[0]
    top = np.argsort(-dense, axis=1, kind="stable")[:, :3]
    kept = np.take_along_axis(dense, top, 1)
    tail = 1 - kept.sum(1)
    rebuilt = np.repeat(tail[:, None] / 7, 10, 1)
    np.put_along_axis(rebuilt, top, kept, 1)
    tensors |= {"topk3.classes": top.astype(np.uint16), "topk3.soft_targets": kept, "topk3.tail": tail}
    tensors["topk3.kl"] = (dense * np.log(dense / rebuilt)).sum(1)

    plain = softmax(logits[0], 1)
    rows = np.arange(8)
    tensors["nll"] = np.array([-np.log(plain[rows, labels]).mean()])
    confidence, correct = plain.max(1), plain.argmax(1) == labels
    bins = np.ceil(confidence * 15).astype(int)
    gaps = [abs(confidence[bins == b].sum() - correct[bins == b].sum()) for b in np.unique(bins)]
    tensors["ece"] = np.array([sum(gaps) / 8])
    write("soft_targets", tensors)


def calibration():
    """A net without hidden layers, images, and another's logits for them: biases, temperature, fidelity, neighbours."""
    generator = np.random.default_rng(1706)
    images = generator.integers(0, 256, (64, 3, 4), dtype=np.uint8)
    labels = generator.integers(0, 5, 64, dtype=np.uint8)
    weights, biases = rounded(generator, 5, 12, scale=2.0), rounded(generator, 5, scale=1.0)
    logits = torch.tensor(images.reshape(64, 12) / 255) @ weights.T + biases
    # So that labels are likelier than chance, and a temperature is best.
    logits_of_teacher = (logits + rounded(generator, 64, 5, scale=0.7)).numpy().astype(np.float32).astype(np.float64)
    labels = np.where(generator.random(64) < 0.6, logits.argmax(1).numpy(), labels).astype(np.uint8)
    teacher = torch.tensor(logits_of_teacher)

    def shifts(wanted, free, temperature):
        """By Newton's method with the whole Hessian, of what is convex in the shifts."""

        def objective(own):
            moved = logits + torch.zeros(5, dtype=torch.float64).index_add(0, torch.tensor(free), own)
            return temperature * torch.logsumexp(moved / temperature, 1).mean() - own @ wanted[free]

        own = torch.zeros(len(free), dtype=torch.float64)
        for _ in range(50):
            gradient = torch.autograd.functional.jacobian(objective, own)
            step = torch.linalg.pinv(torch.autograd.functional.hessian(objective, own), rtol=1e-9) @ gradient
            own = own - step / max(1.0, step.abs().max().item())
        assert gradient.abs().max() < 1e-12
        return own

    soft = torch.softmax(teacher / 4, 1)
    prior = torch.tensor([0.1, 0.3, 0.2, 0.15, 0.25], dtype=torch.float64)
    scales = torch.logspace(-2, 2, 400_001, dtype=torch.float64)
    rows = torch.arange(64)
    losses = torch.stack([-torch.log_softmax(logits / t, 1)[rows, torch.tensor(labels).long()].mean()
                          for t in scales[::100]])
    near = int(losses.argmin()) * 100
    losses = torch.stack([-torch.log_softmax(logits / t, 1)[rows, torch.tensor(labels).long()].mean()
                          for t in scales[near - 100 : near + 101]])
    own = torch.log_softmax(logits / 4, 1)
    pixels = torch.tensor(images.reshape(64, 12) / 255)
    hidden_weights, hidden_biases = rounded(generator, 7, 12), rounded(generator, 7)

    def neighbors(points):
        """The five nearest of each row, itself left out, and the errors of letting the first k vote."""
        distances = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
        distances.fill_diagonal_(torch.inf)
        nearest = distances.argsort(dim=1, stable=True)[:, :5].numpy()
        errors = []
        for count in (1, 3, 5):
            votes = [labels[row[:count]].tolist() for row in nearest]
            named = [max(own, key=lambda kind, own=own: (own.count(kind), -own.index(kind))) for own in votes]
            errors.append(int((np.array(named) != labels).sum()))
        return nearest.astype(np.uint8), np.array(errors, dtype=np.uint8)

    similarities = {
        "pixels": pixels,
        "hidden": torch.relu(pixels @ hidden_weights.T + hidden_biases),
        "soft_T4": torch.softmax(logits / 4, 1).sqrt(),
    }
    found = {name: neighbors(points) for name, points in similarities.items()}
    write("calibration", {
        "hidden.weight": hidden_weights, "hidden.bias": hidden_biases,
        **{f"neighbors.{name}": own for name, (own, _) in found.items()},
        **{f"neighbors.{name}.errors": own for name, (_, own) in found.items()},
        "images": images, "labels": labels, "layers.0.weight": weights, "layers.0.bias": biases,
        "teacher_logits": teacher, "prior": prior,
        "shifts.prior": shifts(prior, [0, 1, 2, 3, 4], 1.0),
        "shifts.two": shifts(prior, [1, 3], 1.0),
        "shifts.soft_T4": shifts(soft.mean(0), [0, 1, 2, 3, 4], 4.0),
        "temperature": scales[near - 100 + int(losses.argmin())].reshape(1),
        "nll.fitted": losses.min().reshape(1),
        "fidelity.kl_T4": (soft * (soft.log() - own)).sum(1).mean().reshape(1),
        "fidelity.agreeing": np.array([(teacher.argmax(1) == logits.argmax(1)).sum().item()], dtype=np.uint8),
    })


def specialists():
    """Joint distributions of generalist and specialists (paper, eq. 5) by SciPy, and a covariance by numpy."""
    generator = np.random.default_rng(11)
    classes, cases = 12, 48
    special = [[0, 1, 2], [2, 3, 4, 5], [5, 6], [7, 8, 9, 10], [0, 3, 7, 11]]
    rounded32 = lambda values: values.astype(np.float32).astype(np.float64)
    generalist = rounded32(generator.standard_normal((cases, classes)) * 4)
    opinions = [rounded32(generator.standard_normal((cases, len(own) + 1)) * 4) for own in special]
    active = (generator.random((cases, len(special))) < 0.5).astype(np.uint8)
    outputs = [[own.index(label) if label in own else len(own) for label in range(classes)] for own in special]
    log_softmax = lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True)

    def solve(case):
        start = log_softmax(generalist[case])
        chosen = [(np.eye(len(special[m]) + 1)[outputs[m]], np.exp(log_softmax(opinions[m][case])))
                  for m in np.flatnonzero(active[case])]

        def objective(z):
            q = np.exp(log_softmax(z))
            value = -(np.exp(start) * log_softmax(z)).sum()
            slope = (1 + len(chosen)) * q - np.exp(start)
            for seen, p in chosen:
                total = seen.T @ q
                value -= (p * np.log(total)).sum()
                slope = slope - q * (seen @ (p / total))
            return value, slope

        # Quasi-Newton steps on the logits, of which q is the softmax.
        found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 10000})
        return np.exp(log_softmax(found.x))

    softened = np.exp(log_softmax(generalist / 4))
    write("specialists", {
        "generalist": generalist, "active": active, "joint": np.array([solve(case) for case in range(cases)]),
        "covariance_T4": np.cov(softened.T, bias=True),
        **{f"opinions.{m}": own for m, own in enumerate(opinions)},
        **{f"special.{m}": np.array(own, dtype=np.uint8) for m, own in enumerate(special)},
    })


def write(name, tensors):
    def stored(value):
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
        return np.ascontiguousarray(array.astype(np.float32) if array.dtype == np.float64 else array)

    save_file({key: stored(tensors[key]) for key in sorted(tensors)}, HERE / f"{name}.safetensors")


training_step()
soft_targets()
calibration()
specialists()
