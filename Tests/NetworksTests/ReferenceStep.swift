import Datasets
import Networks
import Storage
import TestSupport

/// Examples and a net of 12-9-7-5, and what PyTorch made of them in double precision (`Tests/Reference`).
struct ReferenceStep {
  let fixture: Safetensors
  /// [6, 12]
  let pixels: [UInt8]
  /// [6]
  let labels: [UInt32]

  init() throws {
    fixture = try referenceTensors("training_step")
    pixels = try fixture.elements("pixels", as: UInt8.self, shape: [6, 12])
    labels = try fixture.labels("labels", shape: [6]).map { UInt32($0) }
  }

  var features: Features { Features(pixels: pixels, width: 12) }

  /// The net before any step.
  func network(inputScale: Float = Network.inputScale) throws -> Network {
    let network = Network(Architecture(sizes: [12, 9, 7, 5]), inputScale: inputScale)
    for (index, layer) in network.architecture.layers.enumerated() {
      network.parameters.set(
        layer, weights: try fixture.floats("layers.\(index).weight", shape: [layer.outputs, layer.inputs]),
        biases: try fixture.floats("layers.\(index).bias", shape: [layer.outputs]))
    }
    return network
  }

  func batch(_ rows: Range<UInt32> = 0..<6, targets: [Float]?) -> Batch {
    Batch(
      features: features, labels: labels, targets: targets, rows: Array(rows)[...], epoch: 0, firstExample: 0)
  }

  /// Largest difference of `found` from the reference, as a share of the tensor's largest element.
  func difference(_ found: FloatBuffer, _ prefix: String, _ network: Network) throws -> Float {
    var largest: Float = 0
    for (index, layer) in network.architecture.layers.enumerated() {
      for (name, elements, shape) in [
        ("weight", found.weights(layer), [layer.outputs, layer.inputs]),
        ("bias", found.biases(layer), [layer.outputs]),
      ] {
        let expected = try fixture.floats("\(prefix)layers.\(index).\(name)", shape: shape)
        let scale = expected.map(abs).max() ?? 1
        for (first, second) in zip(expected, elements) {
          largest = max(largest, abs(first - second) / scale)
        }
      }
    }
    return largest
  }
}
