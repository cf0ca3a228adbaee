import CKernels
import Datasets

/// Buffers for the forward pass of up to `capacity` examples; one for each call, so threads share nothing.
private final class ForwardScratch {
  /// Examples per pass: enough to reuse each panel of weights, few enough that their activations stay in the cache.
  static let capacity = 256

  /// [layers], the inputs of each layer.
  fileprivate let activations: [Activations]
  /// [examples, width]: one panel of the last layer's outputs.
  fileprivate let sums: FloatBuffer
  /// [capacity]: 0, 1, 2, ..., because the examples are read in their order.
  fileprivate let rows: [UInt32]
  /// [inputs, filled up to whole words], all zero: a finished model takes raw pixels and subtracts nothing.
  fileprivate let references: [Float]

  /// - Parameter architecture: of the networks that use the buffers.
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
  /// Computes logits on the calling thread. The logits of an example do not depend on the other examples, to the bit.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, classes].
  package func logits(_ features: Features) -> [Float] {
    let classes = architecture.classes
    // Uninitialised, because every part writes all of its rows: zeroing would cost a pass over the memory.
    return [Float](unsafeUninitializedCapacity: features.count * classes) { buffer, initialized in
      forEachPart(of: features) { part, scratch in
        guard let base = buffer.baseAddress else { return }
        output(part.count, into: base + part.lowerBound * classes, scratch)
      }
      initialized = features.count * classes
    }
  }

  /// Activations of the highest hidden layer, computed on the calling thread.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, units]; nil without a hidden layer.
  package func hidden(_ features: Features) -> [Float]? {
    guard architecture.layers.count > 1, let width = architecture.layers.last?.inputs else { return nil }
    var hidden = [Float](repeating: 0, count: features.count * width)
    forEachPart(of: features) { part, scratch in
      guard let top = scratch.activations.last else { return }
      // From [group][example][DK_GROUP] to [example][unit]; the part counts its own examples from 0.
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

  /// Runs examples through all layers but the last, `capacity` at a time.
  ///
  /// - Parameters:
  ///   - features: [examples, inputs].
  ///   - body: called for each part with the inputs of its last layer.
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

  /// Applies the layers to activations, on the calling thread; `inputScale` is not applied.
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
          // `set` writes values and masks, so the inputs need neither `load` nor `activate`.
          scratch.activations[0].set(example: example, Array(inputs[first..<first + width]))
        }
        for layerIndex in architecture.layers.indices.dropLast() { activate(layerIndex, count, scratch) }
        guard let base = buffer.baseAddress else { return }
        output(count, into: base + start * architecture.classes, scratch)
      }
      initialized = examples * architecture.classes
    }
  }

  /// Counts the units of each hidden layer that are zero for all of the examples.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [hidden layers]; without examples, all units count.
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
    // The first entry counts the pixels, which are no hidden units.
    return zip(inputs, heard).dropFirst().map { units, heard in
      units - heard.reduce(0) { $0 + $1.nonzeroBitCount }
    }
  }

  /// Loads one part without dropout. Training scales the kept units up by 1 / (1 - p), so no factor is needed here.
  private func load(_ features: FeatureView, _ examples: Int, _ scratch: ForwardScratch) {
    let inputs = scratch.activations[0]
    for group in inputs.groups.indices {
      inputs.load(
        group: group, features, rows: scratch.rows, examples: examples, references: scratch.references,
        scale: inputScale)
    }
    for word in 0..<inputs.words { inputs.activate(word: word, examples: examples, DK_LINEAR) }
  }

  /// Computes one hidden layer.
  private func activate(_ layerIndex: Int, _ examples: Int, _ scratch: ForwardScratch) {
    // Sums are written where the activations will stand, so a panel needs no buffer of its own: panel k gives word k.
    let above = scratch.activations[layerIndex + 1]
    for panel in 0..<architecture.layers[layerIndex].panels {
      sum(
        layerIndex, panel: panel, of: scratch.activations[layerIndex], examples: 0..<examples,
        into: above.values(word: panel), stride: Activations.groupSize)
      above.activate(word: panel, examples: examples, DK_RECTIFIED)
    }
  }

  /// Computes the last layer into `logits`, [examples, classes].
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
        // From [panel][example][width] to [example][class], without the units that fill up the last panel.
        (logits + example * layer.outputs + units.lowerBound).update(
          from: sums + example * width, count: units.count)
      }
    }
  }

  /// Weighted inputs plus biases for the units of one panel.
  ///
  /// - Parameters:
  ///   - layerIndex: index of the layer.
  ///   - panel: its number in the layer.
  ///   - below: the inputs of the layer.
  ///   - examples: numbers of the examples to compute.
  ///   - sums: [examples, stride]; the first `width` floats of each row are written.
  ///   - stride: floats from one example to the next.
  ///   - biases: [width]; nil for those of the network.
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
    // z[e][j] = b[j] + Σ_i a[e][i] W[i][j], group by group in a fixed order: the first group sets, the others add.
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
