/// Whether a network's arithmetic stays within 32 bits.
extension Network {
  /// Whether no image can make a sum overflow: by the largest sums of absolute weights, layer by layer. A sum that
  /// overflows may be no number, and a unit takes that for zero without a word.
  package var isSafeFromOverflow: Bool {
    // Below the largest float by more than rounding and dropout's scale could add.
    let limit = Double(Float.greatestFiniteMagnitude) / 16
    var bound = 255 * Double(inputScale)
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
