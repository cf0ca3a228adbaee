/// A layer's parameters, and whatever else has their layout, as matrices.
extension FloatBuffer {
  /// Inputs that are copied together: those of one unit fill a cache line of the matrix, and those of a panel
  /// (4 KB) stay in the first-level cache while its units take their turns.
  private static let inputsPerBlock = 16

  /// The weights of a layer.
  ///
  /// - Returns: [outputs, inputs], as PyTorch's `Linear` has them.
  package func weights(_ layer: Architecture.Layer) -> [Float] {
    let count = layer.outputs * layer.inputs
    return [Float](unsafeUninitializedCapacity: count) { matrix, initialized in
      forEachWeight(of: layer) { place, weight in matrix.initializeElement(at: place, to: weight.pointee) }
      initialized = count
    }
  }

  /// The biases of a layer.
  ///
  /// - Returns: [outputs].
  package func biases(_ layer: Architecture.Layer) -> [Float] {
    elements(layer.bias(output: 0)..<layer.bias(output: 0) + layer.outputs)
  }

  /// Overwrites a layer.
  ///
  /// - Parameters:
  ///   - layer: where.
  ///   - weights: [outputs, inputs].
  ///   - biases: [outputs].
  package func set(_ layer: Architecture.Layer, weights: [Float], biases: [Float]) {
    precondition(
      weights.count == layer.outputs * layer.inputs && biases.count == layer.outputs, "wrong shapes")
    weights.withUnsafeBufferPointer { matrix in
      forEachWeight(of: layer) { place, weight in weight.pointee = matrix[place] }
    }
    set(biases, at: layer.bias(output: 0))
  }

  /// Calls `body` for each weight of a layer: its place in the matrix [outputs, inputs], and where it lies here.
  /// The order is that of blocks, of which matrix and panel both have few cache lines.
  @inline(__always)
  private func forEachWeight(
    of layer: Architecture.Layer, _ body: (_ place: Int, _ weight: UnsafeMutablePointer<Float>) -> Void
  ) {
    for panel in 0..<layer.panels {
      let units = layer.units(of: panel)
      let width = layer.width(of: panel)
      let weights = pointer(at: layer.block(panel: panel, firstInput: 0), count: layer.inputs * width)
      for start in stride(from: 0, to: layer.inputs, by: Self.inputsPerBlock) {
        let inputs = start..<min(layer.inputs, start + Self.inputsPerBlock)
        for unit in units {
          for input in inputs {
            body(unit * layer.inputs + input, weights + input * width + unit - units.lowerBound)
          }
        }
      }
    }
  }
}
