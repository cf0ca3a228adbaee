import CKernels

/// The shape of a multilayer perceptron, and the layout of its parameters in one flat buffer.
package struct Architecture: Equatable, Sendable {
  /// One fully connected layer. Its weights lie in panels, [panel][input][width]: each panel has 64 neighbouring
  /// units. The last panel has the remaining units and is filled up with zeros to whole vectors.
  package struct Layer: Equatable, Sendable {
    static let panelUnits = Int(DK_PANEL)

    /// Number of units that the layer reads.
    package let inputs: Int
    /// Number of units in the layer itself.
    package let outputs: Int
    /// Offset of the weights in the flat buffer.
    fileprivate(set) var weightOffset = 0
    /// Offset of the biases in the flat buffer: [filledOutputs].
    fileprivate(set) var biasOffset = 0

    fileprivate init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
    }

    var panels: Int { (outputs + Self.panelUnits - 1) / Self.panelUnits }
    /// Number of units including those that fill up the last panel.
    var filledOutputs: Int { (outputs + Int(DK_LANES) - 1) / Int(DK_LANES) * Int(DK_LANES) }
    /// Number of units in a panel including those that fill it up: 16, 32, 48 or 64.
    func width(of panel: Int) -> Int { min(Self.panelUnits, filledOutputs - panel * Self.panelUnits) }
    /// The units of a panel, without the fill.
    func units(of panel: Int) -> Range<Int> {
      panel * Self.panelUnits..<min(outputs, (panel + 1) * Self.panelUnits)
    }
    /// The panels of a range of units that starts at a panel boundary, as every group does.
    func panels(of units: Range<Int>) -> Range<Int> {
      units.lowerBound / Self.panelUnits..<(units.upperBound + Self.panelUnits - 1) / Self.panelUnits
    }
    /// Offset of a panel's weights in the flat buffer, from one input on.
    func block(panel: Int, firstInput: Int) -> Int {
      // All panels before this one have the full width, so only the stride within the panel depends on its own width.
      weightOffset + panel * Self.panelUnits * inputs + firstInput * width(of: panel)
    }
    /// Offset of one weight in the flat buffer.
    package func weight(output: Int, input: Int) -> Int {
      block(panel: output / Self.panelUnits, firstInput: input) + output % Self.panelUnits
    }
    /// Offset of one bias in the flat buffer.
    package func bias(output: Int) -> Int { biasOffset + output }
  }

  /// Number of inputs, of units in each hidden layer, and of classes.
  package let sizes: [Int]
  /// From the inputs up; one fewer than `sizes`.
  package let layers: [Layer]
  /// Floats in the flat buffer: more than `parameterCount`, because panels are filled up.
  package let bufferCount: Int

  /// - Parameter sizes: inputs, each hidden layer, classes: at least two numbers, all positive.
  package init(sizes: [Int]) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "not a network: \(sizes)")
    self.sizes = sizes
    var offset = 0
    func place(_ count: Int) -> Int {
      // Each matrix and each bias vector begins at a cache line: the kernels require aligned vectors.
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

  /// Numbers in an example, such as the pixels of an image.
  package var inputs: Int { layers[0].inputs }
  /// Number of units in the last layer.
  package var classes: Int { layers[layers.count - 1].outputs }
  /// Number of weights and biases in all layers, without the fill.
  package var parameterCount: Int { layers.reduce(0) { $0 + $1.inputs * $1.outputs + $1.outputs } }

  /// The sizes in the notation of the paper: `784-1200-1200-10`.
  package var name: String { sizes.map(String.init).joined(separator: "-") }
}
