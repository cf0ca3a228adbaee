/// The frequency of each pixel value.
package struct PixelHistogram: Equatable, Sendable {
  /// Share of the pixels from which the most frequent value counts as the background.
  private static let backgroundShare = 0.25

  /// [256], pixels of each value.
  package private(set) var counts = [UInt64](repeating: 0, count: 256)

  /// Starts with nothing counted.
  package init() {}

  /// Restores a stored histogram.
  ///
  /// - Parameter counts: [256].
  init(counts: [UInt64]) {
    precondition(counts.count == 256, "not bytes")
    self.counts = counts
  }

  /// Sum of squares over all pixels.
  var squares: Double {
    counts.enumerated().reduce(0) { $0 + Double($1.offset * $1.offset) * Double($1.element) }
  }

  /// Counts pixels.
  ///
  /// - Parameters:
  ///   - pixels: [..., channels].
  ///   - channel: the channel to count.
  ///   - channels: in a pixel; with 1 all numbers are counted.
  package mutating func add(_ pixels: [UInt8], channel: Int = 0, of channels: Int = 1) {
    if channels == 1 { return addAll(pixels) }
    pixels.withUnsafeBufferPointer { pixels in
      counts.withUnsafeMutableBufferPointer { counts in
        for place in stride(from: channel, to: pixels.count, by: channels) { counts[Int(pixels[place])] += 1 }
      }
    }
  }

  /// Counts eight pixels at a time, because most of a digit's image is zero and a zero word needs a single
  /// comparison. Four tables, because incrementing a counter again at once would wait for the previous store.
  private mutating func addAll(_ pixels: [UInt8]) {
    let words = pixels.count / 8
    var tables = [UInt64](repeating: 0, count: 4 * 256)
    var zeroWords: UInt64 = 0
    pixels.withUnsafeBytes { bytes in
      tables.withUnsafeMutableBufferPointer { tables in
        for index in 0..<words {
          // Unaligned, because an array of bytes has no alignment of 8.
          var word = bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
          if word == 0 {
            zeroWords += 1
            continue
          }
          // Neighbouring pixels are often equal: each of four goes to a table of its own.
          for _ in 0..<2 {
            tables[Int(word & 255)] += 1
            tables[256 + Int(word >> 8 & 255)] += 1
            tables[512 + Int(word >> 16 & 255)] += 1
            tables[768 + Int(word >> 24 & 255)] += 1
            word >>= 32
          }
        }
        for place in words * 8..<bytes.count { tables[Int(bytes[place])] += 1 }
      }
    }
    counts[0] += zeroWords * 8
    for (place, count) in tables.enumerated() { counts[place % 256] += count }
  }

  /// Adds pixels that were counted elsewhere.
  mutating func add(_ other: PixelHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The most frequent value, if enough pixels have it: 0 for bright digits on black, 255 for dark digits on white;
  /// nil for photographs.
  package var background: UInt8? {
    guard let value = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return nil }
    let pixels = Double(counts.reduce(0, +))
    return Double(counts[value]) >= Self.backgroundShare * pixels && pixels > 0 ? UInt8(value) : nil
  }
}
