import Networks
import Testing

@Suite struct FloatBufferTests {
  /// Panels of each width, a last block of inputs that is not full, and fewer inputs than a block.
  @Test(arguments: [[5, 3], [37, 70, 17], [16, 64], [300, 129, 48, 33]])
  func `Matrices come out as they went in, each weight in its place`(sizes: [Int]) {
    let architecture = Architecture(sizes: sizes)
    let buffer = FloatBuffer(count: architecture.bufferCount)
    for (index, layer) in architecture.layers.enumerated() {
      let weights = (0..<layer.outputs * layer.inputs).map { Float($0 + 1) }
      let biases = (0..<layer.outputs).map { -Float($0 + index + 1) }
      buffer.set(layer, weights: weights, biases: biases)
      #expect(buffer.weights(layer) == weights)
      #expect(buffer.biases(layer) == biases)
      for output in 0..<layer.outputs {
        #expect(buffer[layer.bias(output: output)] == biases[output])
        for input in 0..<layer.inputs {
          let weight = buffer[layer.weight(output: output, input: input)]
          #expect(weight == weights[output * layer.inputs + input])
        }
      }
    }
    // What fills up the panels stays zero, and nothing else is.
    #expect(buffer.elements.count { $0 != 0 } == architecture.parameterCount)
  }

  @Test func `Memory outside of a buffer is not handed out`() async {
    let buffer = FloatBuffer(count: 8)
    #expect(buffer.pointer(at: 8, count: 0) == buffer.pointer(at: 0, count: 8) + 8)
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(count: 8).pointer(at: 5, count: 4) }
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(count: 8).pointer(at: -1, count: 1) }
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(count: 8).pointer(at: 0, count: -1) }
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(count: 8).pointer(at: .max, count: 2) }
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(count: 8)[8] }
    await #expect(processExitsWith: .failure) { FloatBuffer(count: 8).set([1, 2], at: 7) }
  }
}

@Suite struct InitialWeightTests {
  @Test func `The initial scale multiplies the bounds of He et al.`() {
    let architecture = Architecture(sizes: [24, 600, 10])
    let plain = Network(architecture, seed: 5)
    let half = Network(architecture, seed: 5, initialScale: 0.5)
    #expect(half.parameters.elements == plain.parameters.elements.map { $0 * 0.5 })
    for (layer, bound) in zip(architecture.layers, [Float(6) / 24, Float(3) / 600].map { $0.squareRoot() }) {
      let largest = plain.parameters.weights(layer).map(abs).max() ?? 0
      #expect(largest <= bound && largest > 0.99 * bound)
      #expect(plain.parameters.biases(layer).allSatisfy { $0 == 0 })
    }
  }
}
