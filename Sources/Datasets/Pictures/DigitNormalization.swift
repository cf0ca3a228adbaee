/// Converts a photographed or drawn digit to the form of MNIST: light on dark, scaled to a box of 20 of 28 pixels
/// with its proportions kept, the centre of mass in the middle (LeCun et al. 1998, section III.A).
package struct DigitNormalization: Sendable {
  /// Side of the box as a share of the image.
  private static let boxShare = 20.0 / 28
  /// Parts of the ink smaller than this share of the largest part are removed as dust.
  static let dustShare = 0.05
  /// Share of the darkest and of the lightest pixels that counts as noise.
  static let noiseShare = 0.005
  /// Below this contrast, in levels of 255, the image counts as blank.
  static let leastContrast = 16.0

  private let rows: Int
  private let columns: Int

  /// - Parameters:
  ///   - rows: height of the result in pixels.
  ///   - columns: width of the result in pixels.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// - Parameters:
  ///   - pixels: [height, width], grey, dark on light or light on dark.
  ///   - height: in pixels.
  ///   - width: in pixels.
  /// - Returns: [rows, columns]; nil for a blank image.
  package func callAsFunction(_ pixels: [UInt8], height: Int, width: Int) -> [UInt8]? {
    guard let ink = Ink(pixels, height: height, width: width) else { return nil }
    let box = max(1, Int((Self.boxShare * Double(min(rows, columns))).rounded()))
    let scale = Double(box) / Double(max(ink.height, ink.width))
    // At least one pixel: a thin stroke must not vanish.
    let size = (
      rows: min(rows, max(1, Int((Double(ink.height) * scale).rounded()))),
      columns: min(columns, max(1, Int((Double(ink.width) * scale).rounded())))
    )
    let small = ink.scaled(rows: size.rows, columns: size.columns)
    return centred(small, size.rows, size.columns)
  }

  /// Places the scaled digit in the field with its centre of mass in the middle.
  private func centred(_ small: [Double], _ height: Int, _ width: Int) -> [UInt8] {
    var (mass, y, x) = (0.0, 0.0, 0.0)
    for row in 0..<height {
      for column in 0..<width {
        let value = small[row * width + column]
        mass += value
        // + 0.5: the mass of a pixel lies at its centre.
        y += value * (Double(row) + 0.5)
        x += value * (Double(column) + 0.5)
      }
    }
    func start(_ centre: Double, _ field: Int, _ extent: Int) -> Int {
      // Clamped to the field, because the mass may lie far from the middle of the box.
      min(field - extent, max(0, Int((Double(field) / 2 - centre).rounded())))
    }
    let (top, left) = (start(y / mass, rows, height), start(x / mass, columns, width))
    var field = [UInt8](repeating: 0, count: rows * columns)
    for row in 0..<height {
      for column in 0..<width {
        field[(top + row) * columns + left + column] = UInt8(
          min(255, max(0, small[row * width + column].rounded())))
      }
    }
    return field
  }
}
