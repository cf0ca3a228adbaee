"""Reads shards and soft targets through `pipelines/python/dark_knowledge.py`, as map and as stream, and writes logits.

    use_dataset.py MODULE IMAGES SOFT LOGITS

Prints one JSON object of what was seen. LOGITS gets ten times the one-hot labels.
"""

import json
import sys

module, images, soft, logits = sys.argv[1:]
sys.path.insert(0, module)
import torch

import dark_knowledge as dk

whole = dk.ShardDataset(images, soft)
rows = [whole[place] for place in range(len(whole))]
loader = torch.utils.data.DataLoader(dk.ShardDataset(images, soft), batch_size=50, shuffle=True, num_workers=2)
seen = torch.cat([batch[2].sum(1) for batch in loader])
stream = dk.ShardStream(images, soft, seed=3)
first = [item[0].sum().item() for item in stream]
again = [item[0].sum().item() for item in stream]
stream.epoch = 1
other = [item[0].sum().item() for item in stream]
parallel = sum(len(batch[0]) for batch in torch.utils.data.DataLoader(stream, batch_size=32, num_workers=2))
labels = torch.tensor([item[1] for item in rows])
classes = len(rows[0][2])
answers = dk.predict(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(rows[0][0].numel(), classes)), images)
dk.write_logits(logits, images, 10 * torch.nn.functional.one_hot(labels, classes))
print(json.dumps({
    "rows": len(whole), "shape": list(rows[0][0].shape), "batched": len(seen),
    "sums": float((seen - 1).abs().max()), "answers": list(answers.shape),
    "repeats": first == again, "differs": first != other and sorted(first) == sorted(other),
    "stream": len(first), "parallel": parallel,
    "labels": labels.bincount().tolist(),
}))
