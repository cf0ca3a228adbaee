/// Changes of the last layer that need no training.
extension Network {
  /// The same network with other biases of its outputs.
  ///
  /// - Parameter shifts: [classes], added to the logits.
  /// - Returns: a copy.
  package func addingToLogits(_ shifts: [Double]) -> Network {
    changingOutputs(scale: 1) { $0 + shifts[$1] }
  }

  /// The same network with all logits divided by a number: its softmax is the old one at that temperature.
  ///
  /// - Parameter temperature: > 0.
  /// - Returns: a copy.
  package func dividingLogits(by temperature: Double) -> Network {
    changingOutputs(scale: 1 / temperature) { bias, _ in bias / temperature }
  }

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
