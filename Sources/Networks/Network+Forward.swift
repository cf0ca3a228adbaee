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
      Activations(units: $0.inputs, capacity: Self.capacity, byUnit: false)
    }
    sums = FloatBuffer(count: Self.capacity * Architecture.Layer.panelUnits)
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
      dk_pixels(
        images, scratch.rows, count, architecture.inputs, inputs.range(index).lowerBound, inputScale, &group)
    }
    for word in 0..<inputs.words { inputs.activate(word: word, count: count) }
  }

  private func activate(_ index: Int, _ count: Int, _ scratch: ForwardScratch) {
    let above = scratch.activations[index + 1]
    for panel in 0..<architecture.layers[index].panels {
      sum(
        index, panel: panel, of: scratch.activations[index], examples: 0..<count,
        into: above.values(word: panel), stride: Activations.groupSize)
      above.activate(word: panel, count: count)
    }
  }

  private func output(
    _ count: Int, into logits: UnsafeMutablePointer<Float>, _ scratch: ForwardScratch
  ) {
    let index = architecture.layers.count - 1
    let layer = architecture.layers[index]
    for panel in 0..<layer.panels {
      sum(
        index, panel: panel, of: scratch.activations[index], examples: 0..<count, into: scratch.sums.base,
        stride: layer.width(of: panel))
      let units = layer.units(of: panel)
      for example in 0..<count {
        (logits + example * layer.outputs + units.lowerBound).update(
          from: scratch.sums.base + example * layer.width(of: panel), count: units.count)
      }
    }
  }

  /// Biases and weighted inputs of one panel's units, for some examples: [examples, stride], the first of each
  /// row.
  func sum(
    _ index: Int, panel: Int, of below: Activations, examples: Range<Int>,
    into sums: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let layer = architecture.layers[index]
    let bias = parameters.base + layer.bias(output: layer.units(of: panel).lowerBound)
    for (position, var group) in below.groups.enumerated() {
      dk_product(
        &group, examples.lowerBound, examples.count,
        parameters.base + layer.block(panel: panel, firstInput: below.range(position).lowerBound),
        layer.width(of: panel), position == 0 ? bias : nil, sums, stride)
    }
  }
}
