import CKernels

/// A multilayer perceptron's shape, and where its parameters lie in one flat buffer.
package struct Architecture: Equatable, Sendable {
  /// One fully connected layer. Its weights lie in panels, [panel][input][width]: `width` neighbouring units
  /// in a panel, the last one filled up with zeros, so that a product runs along whole vectors.
  package struct Layer: Equatable, Sendable {
    package let inputs: Int
    package let outputs: Int
    /// Units in a panel: 16, 32 or 64.
    let width: Int
    /// Of the weights in the flat buffer.
    fileprivate(set) var weightOffset = 0
    /// Of the biases, [panel][width], in the flat buffer.
    fileprivate(set) var biasOffset = 0

    fileprivate init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
      width = [Int(DK_NARROWEST), 32].first { $0 >= outputs } ?? Int(DK_WIDEST)
    }

    var panels: Int { (outputs + width - 1) / width }
    /// The units of a panel.
    func units(of panel: Int) -> Range<Int> { panel * width..<min(outputs, (panel + 1) * width) }
    /// The panels of a group of units, which begins where a panel does.
    func panels(of units: Range<Int>) -> Range<Int> {
      units.lowerBound / width..<(units.upperBound + width - 1) / width
    }
    /// Where the weights of a panel lie in the flat buffer, from one input on.
    func block(panel: Int, firstInput: Int) -> Int {
      weightOffset + (panel * inputs + firstInput) * width
    }
    /// Of one weight in the flat buffer.
    package func weight(output: Int, input: Int) -> Int {
      block(panel: output / width, firstInput: input) + output % width
    }
    /// Of one bias in the flat buffer.
    package func bias(output: Int) -> Int { biasOffset + output }
  }

  /// Units: inputs, each hidden layer, classes.
  package let sizes: [Int]
  package let layers: [Layer]
  /// Floats in the flat buffer; more than there are parameters, because panels are filled up.
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
      var layer = Layer(inputs: inputs, outputs: outputs)
      layer.weightOffset = place(layer.panels * inputs * layer.width)
      layer.biasOffset = place(layer.panels * layer.width)
      return layer
    }
    bufferCount = offset
  }

  package var inputs: Int { layers[0].inputs }
  package var classes: Int { layers[layers.count - 1].outputs }
  package var parameterCount: Int { layers.reduce(0) { $0 + $1.inputs * $1.outputs + $1.outputs } }

  /// As in the paper: `784-1200-1200-10`.
  package var name: String { sizes.map(String.init).joined(separator: "-") }
}
