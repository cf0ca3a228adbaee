"""Reads TensorBoard's event files as TensorBoard does: read_curves.py DIRECTORY, prints steps and values by tag."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1]).Reload()
json.dump({
    tag: {"steps": [point.step for point in events.Scalars(tag)], "values": [point.value for point in events.Scalars(tag)]}
    for tag in events.Tags()["scalars"]
}, sys.stdout)
