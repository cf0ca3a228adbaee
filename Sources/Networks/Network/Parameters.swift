/// The parameters of a layer, or other buffers in their layout, as matrices.
extension FloatBuffer {
  /// Inputs copied together: 16 floats of one unit fill a cache line of the matrix, and 16 inputs of a panel (4 KB)
  /// stay in the first-level cache while the loop goes through its units.
  private static let inputsPerBlock = 16

  /// Copies the weights of a layer out of the panels.
  ///
  /// - Returns: [outputs, inputs], as in PyTorch's `Linear`.
  package func weights(_ layer: Architecture.Layer) -> [Float] {
    let count = layer.outputs * layer.inputs
    return [Float](unsafeUninitializedCapacity: count) { matrix, initialized in
      forEachWeight(of: layer) { place, weight in matrix.initializeElement(at: place, to: weight.pointee) }
      initialized = count
    }
  }

  /// Copies the biases of a layer.
  ///
  /// - Returns: [outputs].
  package func biases(_ layer: Architecture.Layer) -> [Float] {
    elements(layer.bias(output: 0)..<layer.bias(output: 0) + layer.outputs)
  }

  /// Overwrites the parameters of a layer.
  ///
  /// - Parameters:
  ///   - layer: a layer of the network that the buffer belongs to.
  ///   - weights: [outputs, inputs].
  ///   - biases: [outputs].
  package func set(_ layer: Architecture.Layer, weights: [Float], biases: [Float]) {
    precondition(
      weights.count == layer.outputs * layer.inputs && biases.count == layer.outputs, "wrong shapes")
    // The fill of the last panel is not written: it stays zero, and its gradient is zero.
    weights.withUnsafeBufferPointer { matrix in
      forEachWeight(of: layer) { place, weight in weight.pointee = matrix[place] }
    }
    set(biases, at: layer.bias(output: 0))
  }

  /// Calls `body` for each weight of a layer with its place in the matrix [outputs, inputs] and its address here.
  /// Goes block by block, so that matrix and panel each touch few cache lines at a time.
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
