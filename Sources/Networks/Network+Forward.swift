import CKernels

/// Room for the activations of some examples on their way through a network; one for each thread.
package final class ForwardScratch {
  /// Examples that go through together: enough for fast products, small enough to stay in the cache.
  package static let capacity = 256

  fileprivate let activations: [FloatBuffer]
  fileprivate let rows: [UInt32]

  package init(_ architecture: Architecture) {
    activations = architecture.sizes.map { FloatBuffer(count: $0 * Self.capacity) }
    rows = (0..<UInt32(Self.capacity)).map { $0 }
  }
}

extension Network {
  /// Logits of images, on the calling thread. Row for row the same, however many go through at once only
  /// if they are cut at multiples of `ForwardScratch.capacity`.
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
      dk_load_rows(
        source + start * inputs, scratch.rows, count, inputs, inputScale, nil, 0, scratch.activations[0].base)
      for (index, layer) in architecture.layers.enumerated() {
        let isOutput = index == architecture.layers.count - 1
        let output = isOutput ? destination + start * classes : scratch.activations[index + 1].base
        BLAS.multiply(
          m: count, n: layer.outputs, k: layer.inputs,
          .init(scratch.activations[index].base, stride: layer.inputs),
          .init(parameters.base + layer.weightOffset, stride: layer.inputs, transposed: true),
          into: output, stride: layer.outputs)
        let bias = parameters.base + layer.biasOffset
        if isOutput {
          dk_bias(output, layer.outputs, count, layer.outputs, bias)
        } else {
          dk_bias_relu(output, layer.outputs, count, layer.outputs, bias, nil, 0, 0)
        }
      }
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
}
