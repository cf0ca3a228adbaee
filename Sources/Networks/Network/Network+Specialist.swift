import Datasets
import Foundation

/// How a generalist becomes the beginning of a specialist.
extension Network {
  /// The same hidden layers under the outputs of a specialist: a special class keeps its own, and the dustbin class
  /// gets the mean of those it stands for, its bias raised by the logarithm of their number, as its probability is the
  /// sum of theirs.
  ///
  /// - Parameter labelMap: of as many classes as the network has outputs.
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
    var members = [Double](repeating: 0, count: own.outputs)
    for output in outputs { members[output] += 1 }
    for (label, output) in outputs.enumerated() {
      for input in 0..<inputs {
        rows[output * inputs + input] += Double(weights[label * inputs + input]) / members[output]
      }
      offsets[output] += Double(biases[label]) / members[output]
    }
    for output in offsets.indices { offsets[output] += log(members[output]) }
    network.parameters.set(own, weights: rows.map { Float($0) }, biases: offsets.map { Float($0) })
    return network
  }
}
