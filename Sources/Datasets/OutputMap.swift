/// How labels map to the outputs of a net: one for each class, unless some classes share one.
package struct OutputMap: Equatable, Sendable {
  /// Outputs that a net needs.
  package let count: Int
  /// [classes]; nil for the identity.
  private let outputs: [UInt32]?

  /// An output for each class.
  package init(classes: Int) {
    count = classes
    outputs = nil
  }

  /// As a net says that shares an output among several classes: the dustbin class of a specialist (paper, section 5).
  ///
  /// - Parameters:
  ///   - outputOfClass: [classes], each below `count`.
  ///   - count: outputs of the net.
  package init(outputOfClass: [Int], count: Int) {
    precondition(outputOfClass.allSatisfy { (0..<count).contains($0) }, "an output that is none")
    outputs = outputOfClass.map { UInt32($0) }
    self.count = count
  }

  /// The outputs that stand for `labels`.
  package func outputs(of labels: [UInt32]) -> [UInt32] {
    guard let outputs else { return labels }
    return labels.map { outputs[Int($0)] }
  }

  /// The same images with the outputs that stand for their labels.
  package func applied(to shard: ImageShard) -> ImageShard {
    guard outputs != nil else { return shard }
    return ImageShard(
      shape: shard.shape, images: shard.images, labels: shard.labels.map { self.outputs(of: $0) },
      origins: shard.origins)
  }
}
