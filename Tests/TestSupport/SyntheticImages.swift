import Storage

/// A small set of images that a net can learn: a bright bar whose place is the class, and noise.
package struct SyntheticImages {
  package static let side = 8
  package static let classes = 4
  package let images: [UInt8]
  package let labels: [UInt8]

  package var count: Int { labels.count }

  package init(count: Int, seed: UInt64 = 1) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func random() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let side = Self.side
    var images: [UInt8] = []
    var labels: [UInt8] = []
    for index in 0..<count {
      let label = index * 7 % Self.classes
      labels.append(UInt8(label))
      for row in 0..<side {
        for _ in 0..<side { images.append(UInt8(random() % 120) + (row / 2 == label ? 90 : 0)) }
      }
    }
    self.images = images
    self.labels = labels
  }

  /// The bytes of an IDX file of images, and of one of labels.
  package var idx: (images: [UInt8], labels: [UInt8]) {
    func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    let side = number(Self.side)
    return ([0, 0, 8, 3] + number(count) + side + side + images, [0, 0, 8, 1] + number(count) + labels)
  }

  /// Writes both IDX files as PREFIX-images and PREFIX-labels.
  package func write(to directory: String, prefix: String = "train") throws {
    try AtomicFile.write(idx.images, to: FileSystem.join(directory, prefix + "-images"))
    try AtomicFile.write(idx.labels, to: FileSystem.join(directory, prefix + "-labels"))
  }
}
