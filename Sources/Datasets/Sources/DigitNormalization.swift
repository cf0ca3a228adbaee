/// Brings a photographed or drawn digit into the form of MNIST's: light on dark, scaled to fit a box of 20 of 28 pixels
/// without a change of its proportions, its centre of mass in the middle (LeCun et al. 1998, section III.A).
package struct DigitNormalization: Sendable {
  /// The box's part of the field.
  private static let boxShare = 20.0 / 28
  /// Parts of the ink smaller than this share of the largest are dust.
  static let dustShare = 0.05
  /// Of the darkest and lightest pixels so many, by share, count as noise.
  static let noiseShare = 0.005
  /// Less contrast than this, of 255, is an even surface.
  static let leastContrast = 16.0

  private let rows: Int
  private let columns: Int

  /// - Parameters:
  ///   - rows: of the result.
  ///   - columns: of the result.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// - Parameters:
  ///   - pixels: [height, width], grey, dark on light or light on dark.
  ///   - height: in pixels.
  ///   - width: in pixels.
  /// - Returns: [rows, columns]; nil of a surface on which there is nothing.
  package func callAsFunction(_ pixels: [UInt8], height: Int, width: Int) -> [UInt8]? {
    guard let ink = Ink(pixels, height: height, width: width) else { return nil }
    let box = max(1, Int((Self.boxShare * Double(min(rows, columns))).rounded()))
    let scale = Double(box) / Double(max(ink.height, ink.width))
    let size = (
      rows: min(rows, max(1, Int((Double(ink.height) * scale).rounded()))),
      columns: min(columns, max(1, Int((Double(ink.width) * scale).rounded())))
    )
    let small = ink.scaled(rows: size.rows, columns: size.columns)
    return centred(small, size.rows, size.columns)
  }

  private func centred(_ small: [Double], _ height: Int, _ width: Int) -> [UInt8] {
    var (mass, y, x) = (0.0, 0.0, 0.0)
    for row in 0..<height {
      for column in 0..<width {
        let value = small[row * width + column]
        mass += value
        y += value * (Double(row) + 0.5)
        x += value * (Double(column) + 0.5)
      }
    }
    func start(_ centre: Double, _ field: Int, _ extent: Int) -> Int {
      // Inside the field, even where the mass is far from the middle of the box.
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
