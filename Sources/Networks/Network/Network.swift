import CKernels
import CounterRandom

/// A multilayer perceptron with ReLU units: shape and parameters.
package final class Network: Sendable {
  /// The shape, and the layout of the parameters.
  package let architecture: Architecture
  /// Factor for a pixel (0 to 255) before the first layer.
  package let inputScale: Float
  /// Weights and biases in the layout of `architecture`.
  package let parameters: FloatBuffer

  /// Creates a network whose parameters are all zero.
  ///
  /// - Parameters:
  ///   - architecture: the shape.
  ///   - inputScale: factor for a pixel.
  package init(_ architecture: Architecture, inputScale: Float = Network.inputScale) {
    self.architecture = architecture
    self.inputScale = inputScale
    parameters = FloatBuffer(count: architecture.bufferCount)
  }

  /// Draws the weights uniformly from ±sqrt(6 / inputs) (He et al. 2015, for ReLU units), in the output layer from
  /// ±sqrt(3 / inputs), both times `initialScale`. Biases are zero.
  ///
  /// - Parameters:
  ///   - architecture: the shape.
  ///   - seed: of the weights.
  ///   - initialScale: factor for the bounds, no unit.
  ///   - inputScale: factor for a pixel.
  ///   - firstInputs: number of inputs assumed for the bound of the first layer; nil for the actual number.
  package convenience init(
    _ architecture: Architecture, seed: UInt64, initialScale: Float = 1,
    inputScale: Float = Network.inputScale, firstInputs: Int? = nil
  ) {
    self.init(architecture, inputScale: inputScale)
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = index == 0 ? firstInputs ?? layer.inputs : layer.inputs
      let random = CounterRandom(seed: seed, purpose: .initialWeights)
      let isOutput = index == architecture.layers.count - 1
      // A uniform variable in ±b has variance b² / 3: 2 / inputs keeps the scale through ReLU; outputs have no ReLU,
      // so 1 / inputs.
      let bound = initialScale * ((isOutput ? 3 : 6) / Float(inputs)).squareRoot()
      let count = layer.inputs * layer.outputs
      // Counted by position in the matrix [outputs, inputs], so the weights do not depend on the layout of the
      // panels. One Philox block gives four numbers.
      for start in stride(from: 0, to: count, by: 4) {
        let words = random.words(UInt32(start / 4), UInt32(index))
        for position in start..<min(count, start + 4) {
          // 24 bits fill the mantissa of a Float exactly, so this is uniform in [-1, 1) without rounding.
          let unit = Float(words[position - start] >> 8) * 0x1p-23 - 1
          let (output, input) = position.quotientAndRemainder(dividingBy: layer.inputs)
          parameters[layer.weight(output: output, input: input)] = unit * bound
        }
      }
    }
  }
}
