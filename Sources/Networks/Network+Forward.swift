import CKernels

/// Room for the activations of some examples on their way through a network; one for each thread.
package final class ForwardScratch {
  /// Examples that go through together: enough to use a panel of weights well, few enough that the lists
  /// stay in the cache.
  package static let capacity = 256

  /// What each layer reads.
  fileprivate let lists: [ActivationLists]
  fileprivate let sums: FloatBuffer
  fileprivate let rows: [UInt32]

  package init(_ architecture: Architecture) {
    lists = architecture.layers.map {
      ActivationLists(units: $0.inputs, width: $0.width, capacity: Self.capacity, byUnit: false)
    }
    sums = FloatBuffer(count: Self.capacity * ActivationLists.groupSize)
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
    for (index, var group) in scratch.lists[0].groups.enumerated() {
      let units = scratch.lists[0].range(index)
      dk_load(
        images, scratch.rows, count, architecture.inputs, units.lowerBound, units.count, inputScale, nil, 0,
        &group)
    }
  }

  private func activate(_ index: Int, _ count: Int, _ scratch: ForwardScratch) {
    let layer = architecture.layers[index]
    let above = scratch.lists[index + 1]
    for (position, var group) in above.groups.enumerated() {
      let units = above.range(position)
      for (place, panel) in layer.panels(of: units).enumerated() {
        sum(
          layer, panel: panel, lists: scratch.lists[index], examples: 0..<count,
          into: scratch.sums.base + place * ForwardScratch.capacity * layer.width)
      }
      dk_activate(
        scratch.sums.base, layer.width, count, units.lowerBound, units.count, nil, 0, &group)
    }
  }

  private func output(
    _ count: Int, into logits: UnsafeMutablePointer<Float>, _ scratch: ForwardScratch
  ) {
    let index = architecture.layers.count - 1
    let layer = architecture.layers[index]
    for panel in 0..<layer.panels {
      sum(
        layer, panel: panel, lists: scratch.lists[index], examples: 0..<count, into: scratch.sums.base)
      let units = layer.units(of: panel)
      for example in 0..<count {
        (logits + example * layer.outputs + units.lowerBound).update(
          from: scratch.sums.base + example * layer.width, count: units.count)
      }
    }
  }

  /// Biases and weighted inputs of one panel's units, for some examples: [examples, width].
  func sum(
    _ layer: Architecture.Layer, panel: Int, lists: ActivationLists, examples: Range<Int>,
    into sums: UnsafeMutablePointer<Float>
  ) {
    let bias = parameters.base + layer.biasOffset + panel * layer.width
    for (index, var group) in lists.groups.enumerated() {
      dk_product(
        &group, examples.lowerBound, examples.count,
        parameters.base + layer.block(panel: panel, firstInput: lists.range(index).lowerBound),
        index == 0 ? bias : nil, sums)
    }
  }
}
