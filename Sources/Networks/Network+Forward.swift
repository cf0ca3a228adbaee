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
  /// Of pixels: none.
  fileprivate let references: [Float]

  /// - Parameter architecture: of the networks that it is for.
  package init(_ architecture: Architecture) {
    activations = architecture.layers.map {
      Activations(units: $0.inputs, capacity: Self.capacity, byUnit: false)
    }
    sums = FloatBuffer(count: Self.capacity * Architecture.Layer.panelUnits)
    rows = (0..<UInt32(Self.capacity)).map { $0 }
    references = [Float](repeating: 0, count: activations[0].words * Int(DK_WORD))
  }
}

extension Network {
  /// Logits of images, on the calling thread. An image's logits are the same, bit for bit, whatever goes
  /// through beside it.
  ///
  /// - Parameters:
  ///   - images: [examples, inputs], pixels.
  ///   - logits: [examples, classes], overwritten.
  ///   - scratch: made for this network's architecture, used by one call at a time.
  package func forward(
    images: UnsafeBufferPointer<UInt8>, into logits: UnsafeMutableBufferPointer<Float>,
    scratch: ForwardScratch
  ) {
    let inputs = architecture.inputs
    let classes = architecture.classes
    let examples = images.count / inputs
    precondition(images.count == examples * inputs && logits.count == examples * classes, "wrong shapes")
    guard let source = images.baseAddress, let destination = logits.baseAddress else { return }
    precondition(
      scratch.activations.map(\.units) == architecture.layers.map(\.inputs), "another net's scratch")
    for start in stride(from: 0, to: examples, by: ForwardScratch.capacity) {
      let count = min(ForwardScratch.capacity, examples - start)
      load(source + start * inputs, count, scratch)
      for layerIndex in architecture.layers.indices.dropLast() { activate(layerIndex, count, scratch) }
      output(count, into: destination + start * classes, scratch)
    }
  }

  /// Logits of images, on the calling thread.
  ///
  /// - Parameter images: [examples, inputs], pixels.
  /// - Returns: [examples, classes].
  package func logits(_ images: [UInt8]) -> [Float] {
    let examples = images.count / architecture.inputs
    return [Float](unsafeUninitializedCapacity: examples * architecture.classes) { buffer, count in
      images.withUnsafeBufferPointer {
        forward(images: $0, into: buffer, scratch: ForwardScratch(architecture))
      }
      count = examples * architecture.classes
    }
  }

  /// What the layers give for inputs that are no pixels, on the calling thread; `inputScale` says nothing.
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

  /// Units of each hidden layer that are zero for all of some images.
  ///
  /// - Parameter images: [examples, inputs], pixels.
  /// - Returns: how many, by layer; all of them without images.
  package func silentUnits(_ images: [UInt8]) -> [Int] {
    let scratch = ForwardScratch(architecture)
    var heard = scratch.activations.map { [UInt64](repeating: 0, count: $0.words) }
    images.withUnsafeBufferPointer { images in
      guard let base = images.baseAddress else { return }
      let examples = images.count / architecture.inputs
      for start in stride(from: 0, to: examples, by: ForwardScratch.capacity) {
        let count = min(ForwardScratch.capacity, examples - start)
        load(base + start * architecture.inputs, count, scratch)
        for layerIndex in architecture.layers.indices.dropLast() { activate(layerIndex, count, scratch) }
        for (layer, activations) in scratch.activations.enumerated() {
          for word in heard[layer].indices {
            heard[layer][word] |= activations.heardUnits(word: word, examples: count)
          }
        }
      }
    }
    return zip(scratch.activations, heard).dropFirst().map { activations, heard in
      activations.units - heard.reduce(0) { $0 + $1.nonzeroBitCount }
    }
  }

  /// No dropout: what was kept in training was scaled up then, so nothing is scaled here.
  private func load(_ images: UnsafePointer<UInt8>, _ examples: Int, _ scratch: ForwardScratch) {
    let inputs = scratch.activations[0]
    for (index, group) in inputs.groups.enumerated() {
      withUnsafePointer(to: group) {
        dk_load_pixels(
          images, scratch.rows, examples, architecture.inputs, inputs.units(of: index).lowerBound,
          scratch.references, inputScale, $0)
      }
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
