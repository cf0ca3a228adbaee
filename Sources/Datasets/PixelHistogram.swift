/// How often pixels have each value.
package struct PixelHistogram: Equatable, Sendable {
  /// Share of the pixels that one value must have for it to be the background.
  private static let backgroundShare = 0.25

  /// [256]
  package private(set) var counts = [UInt64](repeating: 0, count: 256)

  /// Nothing counted.
  package init() {}

  /// Counts pixels.
  ///
  /// - Parameters:
  ///   - pixels: [..., channels].
  ///   - channel: the one that is counted.
  ///   - channels: of a pixel; with 1 all numbers are counted.
  package mutating func add(_ pixels: [UInt8], channel: Int = 0, of channels: Int = 1) {
    pixels.withUnsafeBufferPointer { pixels in
      counts.withUnsafeMutableBufferPointer { counts in
        for place in stride(from: channel, to: pixels.count, by: channels) { counts[Int(pixels[place])] += 1 }
      }
    }
  }

  /// Adds what was counted elsewhere.
  mutating func add(_ other: PixelHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// What pixels show where there is nothing: the most frequent value, if many pixels have it, such as 0 of bright
  /// digits on black and 255 of dark ones on white; nil of photographs.
  package var background: UInt8? {
    guard let value = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return nil }
    let pixels = Double(counts.reduce(0, +))
    return Double(counts[value]) >= Self.backgroundShare * pixels && pixels > 0 ? UInt8(value) : nil
  }
}
