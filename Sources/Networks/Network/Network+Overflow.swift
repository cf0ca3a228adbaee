/// Bounds on the sums of a network.
extension Network {
  /// Whether no image of bytes can make a sum overflow 32 bits. Infinite sums can give NaN, which ReLU would silently
  /// turn into 0. Vectors of floats have no such bound; `NetworkPredictor` checks their logits.
  package var isSafeFromOverflow: Bool {
    // The factor 16 leaves room for rounding and for the factor of dropout.
    let limit = Double(Float.greatestFiniteMagnitude) / 16
    var bound = 255 * Double(inputScale)
    // |z_j| ≤ Σ_i |W_ij| max|a| + |b_j|: the largest bound of a layer bounds the inputs of the next, since ReLU adds
    // nothing.
    for layer in architecture.layers {
      let weights = parameters.weights(layer)
      let biases = parameters.biases(layer)
      var largest = 0.0
      for output in 0..<layer.outputs {
        var sum = 0.0
        for weight in weights[output * layer.inputs..<(output + 1) * layer.inputs] {
          sum += Double(abs(weight))
        }
        largest = max(largest, sum * bound + Double(abs(biases[output])))
      }
      guard largest < limit else { return false }
      bound = largest
    }
    return true
  }
}
