extension DigitNormalization {
  /// The brightness of the paper, which may fall off to one side: a + b row + c column.
  struct Plane {
    private let (level, byRow, byColumn): (Double, Double, Double)

    /// Fits the plane to the border of an image, where people rarely draw: by least squares, repeated without
    /// outliers.
    init(border pixels: [UInt8], height: Int, width: Int) {
      // A twentieth of the shorter side, at least one pixel.
      let frame = max(1, min(height, width) / 20)
      var samples: [(row: Double, column: Double, value: Double)] = []
      for row in 0..<height {
        for column in 0..<width
        where row < frame || row >= height - frame || column < frame || column >= width - frame {
          samples.append((Double(row), Double(column), Double(pixels[row * width + column])))
        }
      }
      let median = samples.map(\.value).sorted()[samples.count / 2]
      var plane = (median, 0.0, 0.0)
      // Strokes may reach the border. The first fit starts from the median, and the limit tightens as the plane
      // improves.
      for limit in [64.0, 24, 12] {
        let near = samples.filter {
          abs($0.value - (plane.0 + plane.1 * $0.row + plane.2 * $0.column)) <= limit
        }
        plane = Self.fit(near) ?? plane
      }
      (level, byRow, byColumn) = plane
    }

    func at(_ row: Int, _ column: Int) -> Double {
      level + byRow * Double(row) + byColumn * Double(column)
    }

    /// Least squares with centred rows and columns, which leaves two equations; nil if the solution is not unique.
    private static func fit(_ samples: [(row: Double, column: Double, value: Double)]) -> (
      Double, Double, Double
    )? {
      // Three unknowns: with fewer samples, noise would tilt the plane.
      guard samples.count >= 8 else { return nil }
      let count = Double(samples.count)
      let row = samples.reduce(0) { $0 + $1.row } / count
      let column = samples.reduce(0) { $0 + $1.column } / count
      let value = samples.reduce(0) { $0 + $1.value } / count
      var (yy, xx, xy, vy, vx) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for sample in samples {
        let (y, x, v) = (sample.row - row, sample.column - column, sample.value - value)
        yy += y * y
        xx += x * x
        xy += x * y
        vy += v * y
        vx += v * x
      }
      let determinant = yy * xx - xy * xy
      // Relative, because yy and xx grow with the image. Samples on one line have determinant 0.
      guard determinant > 1e-6 * yy * xx, determinant > 0 else { return nil }
      let (b, c) = ((vy * xx - vx * xy) / determinant, (vx * yy - vy * xy) / determinant)
      return (value - b * row - c * column, b, c)
    }
  }
}
