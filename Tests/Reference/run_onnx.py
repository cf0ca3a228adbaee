"""Runs an ONNX model by onnxruntime on images of a safetensors or IDX file: run_onnx.py MODEL IMAGES, prints what it is and
what it says, as JSON."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import safetensors.numpy

path, source = sys.argv[1:]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
if source.endswith(".safetensors"):
    images = safetensors.numpy.load_file(source)["images"]
else:
    images = np.fromfile(source, np.uint8, offset=16).reshape(-1, 28, 28)
port = session.get_inputs()[0]
if port.shape[1:] != list(images.shape[1:]):
    # Channels come first, or all in one row.
    images = images.transpose(0, 3, 1, 2) if images.ndim == 4 else images
    images = images.reshape(len(images), *port.shape[1:])
images = images.astype(np.float32 if "float" in port.type else np.uint8)
outputs = [output.name for output in session.get_outputs()]
said = dict(zip(outputs, session.run(outputs, {port.name: images})))
single = dict(zip(outputs, session.run(outputs, {port.name: images[:1]})))
json.dump({
    "input": [str(extent) for extent in port.shape],
    "type": port.type,
    "outputs": outputs,
    "opset": [entry.version for entry in model.opset_import],
    "metadata": {entry.key: entry.value for entry in model.metadata_props},
    "logits": said["logits"].tolist(),
    "probabilities": said["probabilities"].tolist() if "probabilities" in said else [],
    "batchesAgree": bool(np.allclose(single["logits"], said["logits"][:1], atol=1e-4)),
}, sys.stdout)
