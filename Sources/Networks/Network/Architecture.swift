import CKernels

/// A multilayer perceptron's shape, and where its parameters lie in one flat buffer.
package struct Architecture: Equatable, Sendable {
  /// One fully connected layer. Its weights lie in panels, [panel][input][width]: 64 neighbouring units in a
  /// panel, and in the last one those that are left, filled up with zeros, so that a product runs along whole
  /// vectors.
  package struct Layer: Equatable, Sendable {
    static let panelUnits = Int(DK_PANEL)

    /// Units that the layer reads.
    package let inputs: Int
    /// Units that it gives.
    package let outputs: Int
    /// Where the weights begin in the flat buffer.
    fileprivate(set) var weightOffset = 0
    /// Where the biases begin in the flat buffer: one for each unit, and zeros.
    fileprivate(set) var biasOffset = 0

    fileprivate init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
    }

    var panels: Int { (outputs + Self.panelUnits - 1) / Self.panelUnits }
    /// Units with those that fill up the last panel.
    var filledOutputs: Int { (outputs + Int(DK_LANES) - 1) / Int(DK_LANES) * Int(DK_LANES) }
    /// Units in a panel with those that fill it up.
    func width(of panel: Int) -> Int { min(Self.panelUnits, filledOutputs - panel * Self.panelUnits) }
    /// The units of a panel.
    func units(of panel: Int) -> Range<Int> {
      panel * Self.panelUnits..<min(outputs, (panel + 1) * Self.panelUnits)
    }
    /// The panels of a group of units, which begins where a panel does.
    func panels(of units: Range<Int>) -> Range<Int> {
      units.lowerBound / Self.panelUnits..<(units.upperBound + Self.panelUnits - 1) / Self.panelUnits
    }
    /// Where the weights of a panel lie in the flat buffer, from one input on.
    func block(panel: Int, firstInput: Int) -> Int {
      weightOffset + panel * Self.panelUnits * inputs + firstInput * width(of: panel)
    }
    /// Where one weight lies in the flat buffer.
    package func weight(output: Int, input: Int) -> Int {
      block(panel: output / Self.panelUnits, firstInput: input) + output % Self.panelUnits
    }
    /// Where one bias lies in the flat buffer.
    package func bias(output: Int) -> Int { biasOffset + output }
  }

  /// Units: inputs, each hidden layer, classes.
  package let sizes: [Int]
  /// From the inputs up; one less than there are sizes.
  package let layers: [Layer]
  /// Floats in the flat buffer; more than there are parameters, because panels are filled up.
  package let bufferCount: Int

  /// - Parameter sizes: inputs, each hidden layer, classes: at least two, all positive.
  package init(sizes: [Int]) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "not a network: \(sizes)")
    self.sizes = sizes
    var offset = 0
    func place(_ count: Int) -> Int {
      // Each matrix and each vector begins at a cache line, as the kernels' vectors must.
      defer { offset += (count + Int(DK_LANES) - 1) / Int(DK_LANES) * Int(DK_LANES) }
      return offset
    }
    layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      var layer = Layer(inputs: inputs, outputs: outputs)
      layer.weightOffset = place(layer.filledOutputs * inputs)
      layer.biasOffset = place(layer.filledOutputs)
      return layer
    }
    bufferCount = offset
  }

  /// Units of the lowest layer: pixels of an image.
  package var inputs: Int { layers[0].inputs }
  /// Units of the highest layer.
  package var classes: Int { layers[layers.count - 1].outputs }
  /// Weights and biases of all layers.
  package var parameterCount: Int { layers.reduce(0) { $0 + $1.inputs * $1.outputs + $1.outputs } }

  /// As in the paper: `784-1200-1200-10`.
  package var name: String { sizes.map(String.init).joined(separator: "-") }
}
