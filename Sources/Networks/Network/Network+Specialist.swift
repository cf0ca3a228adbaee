import Datasets
import Foundation

/// Initialisation of a specialist from a generalist.
extension Network {
  /// A specialist's net with the hidden layers of this one. Each special class keeps its output. The dustbin class
  /// gets the mean weights and bias of its classes, with the logarithm of their number added to the bias, because its
  /// probability is the sum of theirs.
  ///
  /// - Parameter labelMap: its number of classes is the number of outputs of this network.
  /// - Returns: a copy.
  package func specialized(_ labelMap: LabelMap) -> Network {
    precondition(labelMap.classes == architecture.classes, "another net's classes")
    let network = Network(
      Architecture(sizes: architecture.sizes.dropLast() + [labelMap.outputs]), inputScale: inputScale)
    for (own, other) in zip(network.architecture.layers, architecture.layers).dropLast() {
      network.parameters.set(own, weights: parameters.weights(other), biases: parameters.biases(other))
    }
    guard let own = network.architecture.layers.last, let other = architecture.layers.last else {
      return network
    }
    let (weights, biases) = (parameters.weights(other), parameters.biases(other))
    let inputs = other.inputs
    var rows = [Double](repeating: 0, count: own.outputs * inputs)
    var offsets = [Double](repeating: 0, count: own.outputs)
    let outputs = labelMap.outputOfClass
    // [outputs], classes behind each output: 1 for a special class.
    var members = [Double](repeating: 0, count: own.outputs)
    for output in outputs { members[output] += 1 }
    for (label, output) in outputs.enumerated() {
      for input in 0..<inputs {
        rows[output * inputs + input] += Double(weights[label * inputs + input]) / members[output]
      }
      offsets[output] += Double(biases[label]) / members[output]
    }
    // For equal logits z of n classes: log Σ exp z = z + log n. For a single class, log 1 leaves the bias as it is.
    for output in offsets.indices { offsets[output] += log(members[output]) }
    network.parameters.set(own, weights: rows.map { Float($0) }, biases: offsets.map { Float($0) })
    return network
  }
}
