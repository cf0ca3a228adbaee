/// Converts images between grey and colour.
package enum ImageChannels {
  /// Converts colours to grey by their perceived brightness (luma of ITU-R BT.601).
  ///
  /// - Parameter pixels: [pixels, 3], red, green and blue.
  /// - Returns: [pixels].
  package static func grey(_ pixels: [UInt8]) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { place in
      let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
      // In thousandths, rounded: integers give the same pixel on every machine.
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
  }

  /// Converts grey to colour: all three channels get the same value.
  ///
  /// - Parameter pixels: [pixels].
  /// - Returns: [pixels, 3].
  package static func coloured(_ pixels: [UInt8]) -> [UInt8] { pixels.flatMap { [$0, $0, $0] } }
}
