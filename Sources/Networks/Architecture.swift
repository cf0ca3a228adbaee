/// A multilayer perceptron's shape, and where its parameters lie in one flat buffer.
package struct Architecture: Equatable, Sendable {
  /// One fully connected layer.
  package struct Layer: Equatable, Sendable {
    package let inputs: Int
    package let outputs: Int
    /// Of the weights [outputs, inputs] in the flat buffer.
    package let weightOffset: Int
    /// Of the bias [outputs] in the flat buffer.
    package let biasOffset: Int

    package var weights: Range<Int> { weightOffset..<weightOffset + inputs * outputs }
    package var bias: Range<Int> { biasOffset..<biasOffset + outputs }
  }

  /// Units: inputs, each hidden layer, classes.
  package let sizes: [Int]
  package let layers: [Layer]
  /// Floats in the flat buffer; a little more than there are parameters, for alignment.
  package let bufferCount: Int

  /// - Parameter sizes: at least two, all positive.
  package init(sizes: [Int]) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "not a network: \(sizes)")
    self.sizes = sizes
    var offset = 0
    func place(_ count: Int) -> Int {
      defer { offset += (count + 15) / 16 * 16 }
      return offset
    }
    layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      Layer(
        inputs: inputs, outputs: outputs, weightOffset: place(inputs * outputs), biasOffset: place(outputs))
    }
    bufferCount = offset
  }

  package var inputs: Int { layers[0].inputs }
  package var classes: Int { layers[layers.count - 1].outputs }
  package var parameterCount: Int { layers.reduce(0) { $0 + $1.inputs * $1.outputs + $1.outputs } }

  /// As in the paper: `784-1200-1200-10`.
  package var name: String { sizes.map(String.init).joined(separator: "-") }
}
