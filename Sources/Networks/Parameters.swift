/// A layer's parameters, and whatever else has their layout, as matrices.
extension FloatBuffer {
  /// The weights of a layer, [outputs, inputs] as PyTorch's `Linear` has them.
  package func weights(_ layer: Architecture.Layer) -> [Float] {
    var weights: [Float] = []
    weights.reserveCapacity(layer.outputs * layer.inputs)
    for output in 0..<layer.outputs {
      for input in 0..<layer.inputs { weights.append(base[layer.weight(output: output, input: input)]) }
    }
    return weights
  }

  /// The biases of a layer, [outputs].
  package func biases(_ layer: Architecture.Layer) -> [Float] {
    elements(layer.bias(output: 0)..<layer.bias(output: 0) + layer.outputs)
  }

  /// Overwrites a layer.
  ///
  /// - Parameters:
  ///   - weights: [outputs, inputs].
  ///   - biases: [outputs].
  package func set(_ layer: Architecture.Layer, weights: [Float], biases: [Float]) {
    precondition(
      weights.count == layer.outputs * layer.inputs && biases.count == layer.outputs, "wrong shapes")
    for output in 0..<layer.outputs {
      for input in 0..<layer.inputs {
        base[layer.weight(output: output, input: input)] = weights[output * layer.inputs + input]
      }
    }
    set(biases, at: layer.bias(output: 0))
  }
}
