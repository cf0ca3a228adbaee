/// Changes to the last layer without training.
extension Network {
  /// Adds to the logits by changing the biases of the last layer.
  ///
  /// - Parameter shifts: [classes], added to the logits.
  /// - Returns: a copy.
  package func addingToLogits(_ shifts: [Double]) -> Network {
    changingOutputs(scale: 1) { $0 + shifts[$1] }
  }

  /// Divides all logits by a temperature: the plain softmax of the copy is the softmax of this net at that
  /// temperature.
  ///
  /// - Parameter temperature: > 0, no unit.
  /// - Returns: a copy.
  package func dividingLogits(by temperature: Double) -> Network {
    changingOutputs(scale: 1 / temperature) { bias, _ in bias / temperature }
  }

  // z / T = (W / T) a + b / T, so weights and biases are scaled alike.
  private func changingOutputs(scale: Double, biases change: (Double, Int) -> Double) -> Network {
    let network = Network(architecture, inputScale: inputScale)
    network.parameters.copy(from: parameters)
    guard let layer = architecture.layers.last else { return network }
    network.parameters.set(
      layer, weights: parameters.weights(layer).map { Float(Double($0) * scale) },
      biases: parameters.biases(layer).enumerated().map { Float(change(Double($1), $0)) })
    return network
  }
}
