/// Pixels with another number of channels.
package enum ImageChannels {
  /// Grey images in place of coloured ones: brightness as eyes have it (ITU-R BT.601).
  ///
  /// - Parameter pixels: [pixels, 3], red, green and blue.
  /// - Returns: [pixels].
  package static func grey(_ pixels: [UInt8]) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { place in
      let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
      // Thousandths, rounded: whole numbers give the same pixel on every machine.
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
  }

  /// Coloured images in place of grey ones, each channel the same.
  ///
  /// - Parameter pixels: [pixels].
  /// - Returns: [pixels, 3].
  package static func coloured(_ pixels: [UInt8]) -> [UInt8] { pixels.flatMap { [$0, $0, $0] } }
}
