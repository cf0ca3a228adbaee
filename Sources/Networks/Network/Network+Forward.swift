import CKernels
import Datasets

/// Room for the activations of some examples on their way through a network; one for each thread.
private final class ForwardScratch {
  /// Examples that go through together: enough to use a panel of weights well, few enough that their activations
  /// stay in the cache.
  static let capacity = 256

  /// What each layer reads.
  fileprivate let activations: [Activations]
  /// What the last layer gives, a panel at a time.
  fileprivate let sums: FloatBuffer
  fileprivate let rows: [UInt32]
  /// Nothing is subtracted.
  fileprivate let references: [Float]

  /// - Parameter architecture: of the networks that it is for.
  init(_ architecture: Architecture) {
    activations = architecture.layers.map {
      Activations(units: $0.inputs, capacity: Self.capacity, byUnit: false)
    }
    sums = FloatBuffer(count: Self.capacity * Architecture.Layer.panelUnits)
    rows = (0..<UInt32(Self.capacity)).map { $0 }
    references = [Float](repeating: 0, count: activations[0].words * Int(DK_WORD))
  }
}

extension Network {
  /// Logits of examples, on the calling thread. An example's logits are the same, bit for bit, whatever goes through beside
  /// it.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, classes].
  package func logits(_ features: Features) -> [Float] {
    let classes = architecture.classes
    return [Float](unsafeUninitializedCapacity: features.count * classes) { buffer, initialized in
      forEachPart(of: features) { part, scratch in
        guard let base = buffer.baseAddress else { return }
        output(part.count, into: base + part.lowerBound * classes, scratch)
      }
      initialized = features.count * classes
    }
  }

  /// Activations of the highest hidden layer, on the calling thread; nil of a network without one.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, units].
  package func hidden(_ features: Features) -> [Float]? {
    guard architecture.layers.count > 1, let width = architecture.layers.last?.inputs else { return nil }
    var hidden = [Float](repeating: 0, count: features.count * width)
    forEachPart(of: features) { part, scratch in
      guard let top = scratch.activations.last else { return }
      for example in part {
        for group in top.groups.indices {
          let units = top.units(of: group)
          let values = top.groups[group].values + (example - part.lowerBound) * Activations.groupSize
          for unit in units { hidden[example * width + unit] = values[unit - units.lowerBound] }
        }
      }
    }
    return hidden
  }

  /// Runs examples through all layers but the last, some at a time.
  ///
  /// - Parameters:
  ///   - features: [examples, inputs].
  ///   - body: takes each part, with the activations of its examples.
  private func forEachPart(of features: Features, _ body: (Range<Int>, ForwardScratch) -> Void) {
    precondition(features.shape.count == architecture.inputs, "wrong shapes")
    guard features.count > 0 else { return }
    let scratch = ForwardScratch(architecture)
    features.withView { view in
      for start in stride(from: 0, to: features.count, by: ForwardScratch.capacity) {
        let part = start..<min(features.count, start + ForwardScratch.capacity)
        load(view.from(start), part.count, scratch)
        for layerIndex in architecture.layers.indices.dropLast() { activate(layerIndex, part.count, scratch) }
        body(part, scratch)
      }
    }
  }

  /// What the layers give for numbers that are activations already, on the calling thread; `inputScale` says nothing.
  ///
  /// - Parameter inputs: [examples, inputs].
  /// - Returns: [examples, classes].
  package func outputs(of inputs: [Float]) -> [Float] {
    let width = architecture.inputs
    let examples = inputs.count / width
    precondition(inputs.count == examples * width, "wrong shapes")
    let scratch = ForwardScratch(architecture)
    return [Float](unsafeUninitializedCapacity: examples * architecture.classes) { buffer, initialized in
      for start in stride(from: 0, to: examples, by: ForwardScratch.capacity) {
        let count = min(ForwardScratch.capacity, examples - start)
        for example in 0..<count {
          let first = (start + example) * width
          scratch.activations[0].set(example: example, Array(inputs[first..<first + width]))
        }
        for layerIndex in architecture.layers.indices.dropLast() { activate(layerIndex, count, scratch) }
        guard let base = buffer.baseAddress else { return }
        output(count, into: base + start * architecture.classes, scratch)
      }
      initialized = examples * architecture.classes
    }
  }

  /// Units of each hidden layer that are zero for all of some examples.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: how many, by layer; all of them without examples.
  package func silentUnits(_ features: Features) -> [Int] {
    let inputs = architecture.layers.map(\.inputs)
    var heard = inputs.map { [UInt64](repeating: 0, count: ($0 + Int(DK_WORD) - 1) / Int(DK_WORD)) }
    forEachPart(of: features) { part, scratch in
      for (layer, activations) in scratch.activations.enumerated() {
        for word in heard[layer].indices {
          heard[layer][word] |= activations.heardUnits(word: word, examples: part.count)
        }
      }
    }
    return zip(inputs, heard).dropFirst().map { units, heard in
      units - heard.reduce(0) { $0 + $1.nonzeroBitCount }
    }
  }

  /// No dropout: what was kept in training was scaled up then, so nothing is scaled here.
  private func load(_ features: FeatureView, _ examples: Int, _ scratch: ForwardScratch) {
    let inputs = scratch.activations[0]
    for group in inputs.groups.indices {
      inputs.load(
        group: group, features, rows: scratch.rows, examples: examples, references: scratch.references,
        scale: inputScale)
    }
    for word in 0..<inputs.words { inputs.activate(word: word, examples: examples, DK_LINEAR) }
  }

  private func activate(_ layerIndex: Int, _ examples: Int, _ scratch: ForwardScratch) {
    let above = scratch.activations[layerIndex + 1]
    for panel in 0..<architecture.layers[layerIndex].panels {
      sum(
        layerIndex, panel: panel, of: scratch.activations[layerIndex], examples: 0..<examples,
        into: above.values(word: panel), stride: Activations.groupSize)
      above.activate(word: panel, examples: examples, DK_RECTIFIED)
    }
  }

  private func output(
    _ examples: Int, into logits: UnsafeMutablePointer<Float>, _ scratch: ForwardScratch
  ) {
    let layerIndex = architecture.layers.count - 1
    let layer = architecture.layers[layerIndex]
    for panel in 0..<layer.panels {
      let width = layer.width(of: panel)
      let sums = scratch.sums.pointer(at: 0, count: examples * width)
      sum(
        layerIndex, panel: panel, of: scratch.activations[layerIndex], examples: 0..<examples, into: sums,
        stride: width)
      let units = layer.units(of: panel)
      for example in 0..<examples {
        (logits + example * layer.outputs + units.lowerBound).update(
          from: sums + example * width, count: units.count)
      }
    }
  }

  /// Biases and weighted inputs of one panel's units.
  ///
  /// - Parameters:
  ///   - layerIndex: of the panel's layer.
  ///   - panel: its number in the layer.
  ///   - below: what the layer reads.
  ///   - examples: for which the sums are wanted.
  ///   - sums: [examples, stride], of each the first as many as the panel is wide.
  ///   - stride: floats from one example's sums to the next one's.
  ///   - biases: of the panel; nil for the network's own.
  func sum(
    _ layerIndex: Int, panel: Int, of below: Activations, examples: Range<Int>,
    into sums: UnsafeMutablePointer<Float>, stride: Int, biases: UnsafePointer<Float>? = nil
  ) {
    let layer = architecture.layers[layerIndex]
    let width = layer.width(of: panel)
    let biases =
      biases
      ?? UnsafePointer(
        parameters.pointer(at: layer.bias(output: layer.units(of: panel).lowerBound), count: width))
    for (index, group) in below.groups.enumerated() {
      let units = below.units(of: index)
      let weights = parameters.pointer(
        at: layer.block(panel: panel, firstInput: units.lowerBound), count: units.count * width)
      withUnsafePointer(to: group) {
        dk_product(
          $0, examples.lowerBound, examples.count, weights, width, index == 0 ? biases : nil, sums, stride)
      }
    }
  }
}
