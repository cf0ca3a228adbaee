import CKernels

/// Room for the activations of some examples on their way through a network; one for each thread.
package final class ForwardScratch {
  /// Examples that go through together: enough to use a panel of weights well, few enough that their activations
  /// stay in the cache.
  package static let capacity = 256

  /// What each layer reads.
  fileprivate let activations: [Activations]
  /// What the last layer gives, a panel at a time.
  fileprivate let sums: FloatBuffer
  fileprivate let rows: [UInt32]

  package init(_ architecture: Architecture) {
    activations = architecture.layers.map {
      Activations(units: $0.inputs, width: $0.width, capacity: Self.capacity, byUnit: false)
    }
    sums = FloatBuffer(count: Self.capacity * Int(DK_WIDEST))
    rows = (0..<UInt32(Self.capacity)).map { $0 }
  }
}

extension Network {
  /// Logits of images, on the calling thread. An image's logits are the same, bit for bit, whatever goes
  /// through beside it.
  ///
  /// - Parameters:
  ///   - images: [examples, inputs], pixels.
  ///   - logits: [examples, classes], overwritten.
  package func forward(
    images: UnsafeBufferPointer<UInt8>, into logits: UnsafeMutableBufferPointer<Float>,
    scratch: ForwardScratch
  ) {
    let inputs = architecture.inputs
    let classes = architecture.classes
    let examples = images.count / inputs
    precondition(images.count == examples * inputs && logits.count == examples * classes, "wrong shapes")
    guard let source = images.baseAddress, let destination = logits.baseAddress else { return }
    for start in stride(from: 0, to: examples, by: ForwardScratch.capacity) {
      let count = min(ForwardScratch.capacity, examples - start)
      load(source + start * inputs, count, scratch)
      for index in architecture.layers.indices.dropLast() { activate(index, count, scratch) }
      output(count, into: destination + start * classes, scratch)
    }
  }

  /// As above, for arrays.
  package func logits(_ images: [UInt8]) -> [Float] {
    let examples = images.count / architecture.inputs
    return [Float](unsafeUninitializedCapacity: examples * architecture.classes) { buffer, count in
      images.withUnsafeBufferPointer {
        forward(images: $0, into: buffer, scratch: ForwardScratch(architecture))
      }
      count = examples * architecture.classes
    }
  }

  private func load(_ images: UnsafePointer<UInt8>, _ count: Int, _ scratch: ForwardScratch) {
    let inputs = scratch.activations[0]
    for (index, var group) in inputs.groups.enumerated() {
      let first = inputs.range(index).lowerBound
      dk_pixels(images, scratch.rows, count, architecture.inputs, first, inputScale, &group)
      dk_activate(count, first, nil, 0, &group)
    }
  }

  private func activate(_ index: Int, _ count: Int, _ scratch: ForwardScratch) {
    let above = scratch.activations[index + 1]
    for position in above.groups.indices {
      sumGroup(position, of: above, layer: index, from: scratch.activations[index], count: count)
      var group = above.groups[position]
      dk_activate(count, above.range(position).lowerBound, nil, 0, &group)
    }
  }

  private func output(
    _ count: Int, into logits: UnsafeMutablePointer<Float>, _ scratch: ForwardScratch
  ) {
    let index = architecture.layers.count - 1
    let layer = architecture.layers[index]
    for panel in 0..<layer.panels {
      sum(
        layer, panel: panel, of: scratch.activations[index], examples: 0..<count, into: scratch.sums.base,
        stride: layer.width)
      let units = layer.units(of: panel)
      for example in 0..<count {
        (logits + example * layer.outputs + units.lowerBound).update(
          from: scratch.sums.base + example * layer.width, count: units.count)
      }
    }
  }

  /// What goes into one group of a hidden layer's units, for the first `count` examples, as the values of
  /// `above`.
  func sumGroup(_ group: Int, of above: Activations, layer index: Int, from below: Activations, count: Int) {
    let layer = architecture.layers[index]
    for (place, panel) in layer.panels(of: above.range(group)).enumerated() {
      sum(
        layer, panel: panel, of: below, examples: 0..<count,
        into: above.groups[group].values + place * layer.width, stride: Activations.groupSize)
    }
  }

  /// Biases and weighted inputs of one panel's units, for some examples: [examples, stride], the first of each
  /// row.
  func sum(
    _ layer: Architecture.Layer, panel: Int, of below: Activations, examples: Range<Int>,
    into sums: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let bias = parameters.base + layer.biasOffset + panel * layer.width
    for (index, var group) in below.groups.enumerated() {
      dk_product(
        &group, examples.lowerBound, examples.count,
        parameters.base + layer.block(panel: panel, firstInput: below.range(index).lowerBound),
        index == 0 ? bias : nil, sums, stride)
    }
  }
}
