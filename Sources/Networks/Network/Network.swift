import CKernels
import CounterRandom

/// A multilayer perceptron with ReLU units: its shape and its parameters.
package final class Network: Sendable {
  /// Its shape, and where its parameters lie.
  package let architecture: Architecture
  /// By this a pixel (0 to 255) is multiplied before the first layer.
  package let inputScale: Float
  /// Laid out as `architecture` says.
  package let parameters: FloatBuffer

  /// All parameters zero.
  ///
  /// - Parameters:
  ///   - architecture: the shape.
  ///   - inputScale: by which a pixel is multiplied.
  package init(_ architecture: Architecture, inputScale: Float = Network.inputScale) {
    self.architecture = architecture
    self.inputScale = inputScale
    parameters = FloatBuffer(count: architecture.bufferCount)
  }

  /// Weights uniform in ±sqrt(6 / inputs) (He et al. 2015, for ReLU units), the output layer's in
  /// ±sqrt(3 / inputs), both times `initialScale`; biases zero.
  ///
  /// - Parameters:
  ///   - architecture: the shape.
  ///   - seed: makes the weights repeatable.
  ///   - initialScale: multiplies the bounds, no unit.
  ///   - inputScale: by which a pixel is multiplied.
  ///   - firstInputs: as how many the inputs of the first layer count; nil for as many as there are.
  package convenience init(
    _ architecture: Architecture, seed: UInt64, initialScale: Float = 1,
    inputScale: Float = Network.inputScale, firstInputs: Int? = nil
  ) {
    self.init(architecture, inputScale: inputScale)
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = index == 0 ? firstInputs ?? layer.inputs : layer.inputs
      let random = CounterRandom(seed: seed, purpose: .initialWeights)
      let isOutput = index == architecture.layers.count - 1
      let bound = initialScale * ((isOutput ? 3 : 6) / Float(inputs)).squareRoot()
      let count = layer.inputs * layer.outputs
      // By position in the matrix, so the weights do not depend on the layout of the panels.
      for start in stride(from: 0, to: count, by: 4) {
        let words = random.words(UInt32(start / 4), UInt32(index))
        for position in start..<min(count, start + 4) {
          // 24 bits fill a Float's mantissa exactly.
          let unit = Float(words[position - start] >> 8) * 0x1p-23 - 1
          let (output, input) = position.quotientAndRemainder(dividingBy: layer.inputs)
          parameters[layer.weight(output: output, input: input)] = unit * bound
        }
      }
    }
  }
}
