extension DigitNormalization {
  /// The drawing, cropped to its bounding box: 0 for paper, 255 for the strongest ink.
  struct Ink {
    let height: Int
    let width: Int
    private let values: [Double]

    /// Separates ink from paper; nil if the contrast is too low. O(pixels log pixels), for the sort.
    init?(_ pixels: [UInt8], height: Int, width: Int) {
      let background = Plane(border: pixels, height: height, width: width)
      var values = [Double](repeating: 0, count: pixels.count)
      for row in 0..<height {
        for column in 0..<width {
          let place = row * width + column
          values[place] = Double(pixels[place]) - background.at(row, column)
        }
      }
      let sorted = values.sorted()
      let noise = Int(noiseShare * Double(sorted.count))
      // Quantiles instead of extremes, so that single bad pixels do not set the contrast.
      let (low, high) = (sorted[noise], sorted[sorted.count - 1 - noise])
      // Dark ink if the dark side is stronger. Thin strokes on a large sheet are rarer than `noiseShare`: if both
      // quantiles are 0, the extremes decide, and 75 % of the extreme bounds the strength from below.
      let (strength, sign) =
        -low > high || (low == 0 && high == 0 && -sorted[0] > sorted[sorted.count - 1])
        ? (max(-low, -sorted[0] * 0.75), -1.0) : (max(high, sorted[sorted.count - 1] * 0.75), 1.0)
      guard strength >= leastContrast else { return nil }
      for place in values.indices { values[place] = min(255, max(0, 255 * sign * values[place] / strength)) }
      // On the stretched values, because Otsu's method needs levels 0 to 255.
      let threshold = Self.threshold(values)
      let kept = Self.withoutDust(values.map { $0 > threshold }, height: height, width: width)
      guard let bounds = Self.bounds(kept, width: width) else { return nil }
      (self.height, self.width) = (bounds.rows.count, bounds.columns.count)
      var cut: [Double] = []
      cut.reserveCapacity(self.height * self.width)
      for row in bounds.rows {
        for column in bounds.columns {
          let value = values[row * width + column]
          // The grey edges of a stroke are ink too; fainter pixels are paper.
          cut.append(value > threshold / 2 ? value : 0)
        }
      }
      self.values = cut
    }

    /// Area-averaged scaling to [rows, columns]: each new pixel is the mean of the pixels that it covers, weighted by
    /// the area.
    func scaled(rows: Int, columns: Int) -> [Double] {
      // Separable: columns first, then rows as columns of the transposed image.
      let across = Self.resampled(values, lines: height, length: width, to: columns)
      let turned = Self.transposed(across, rows: height, columns: columns)
      return Self.transposed(
        Self.resampled(turned, lines: columns, length: height, to: rows), rows: columns, columns: rows)
    }

    /// Scales each line of [lines, length] to `count` pixels.
    private static func resampled(_ values: [Double], lines: Int, length: Int, to count: Int) -> [Double] {
      let step = Double(length) / Double(count)
      var result = [Double](repeating: 0, count: lines * count)
      for target in 0..<count {
        let (begin, end) = (Double(target) * step, Double(target + 1) * step)
        for source in Int(begin)..<min(length, Int(end.rounded(.up))) {
          let covered = min(end, Double(source + 1)) - max(begin, Double(source))
          guard covered > 0 else { continue }
          // Innermost, so that the weight is computed once for all lines.
          for line in 0..<lines {
            result[line * count + target] += values[line * length + source] * covered / step
          }
        }
      }
      return result
    }

    private static func transposed(_ values: [Double], rows: Int, columns: Int) -> [Double] {
      (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
    }

    /// The level between paper and ink with the largest variance between the classes (Otsu 1979).
    private static func threshold(_ values: [Double]) -> Double {
      var counts = [Double](repeating: 0, count: 256)
      for value in values { counts[Int(value)] += 1 }
      let total = Double(values.count)
      let sum = counts.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
      var (below, sumBelow, best, threshold) = (0.0, 0.0, -1.0, 127)
      // w0 w1 (μ0 - μ1)², with pixels up to `level` as one class: the sums are kept up to date, so 256 levels take
      // one pass.
      for (level, count) in counts.enumerated() {
        below += count
        sumBelow += Double(level) * count
        guard below > 0, below < total else { continue }
        let distance = sumBelow / below - (sum - sumBelow) / (total - below)
        let variance = below * (total - below) * distance * distance
        if variance > best { (best, threshold) = (variance, level) }
      }
      return Double(threshold)
    }

    /// Keeps only connected parts (8 neighbours) that are not much smaller than the largest one.
    private static func withoutDust(_ mask: [Bool], height: Int, width: Int) -> [Bool] {
      var part = [Int](repeating: -1, count: mask.count)
      var sizes: [Int] = []
      // Flood fill with an explicit stack: recursion would overflow on a large drawing. A pixel is numbered when
      // pushed, so it enters the stack once.
      for start in mask.indices where mask[start] && part[start] < 0 {
        var stack = [start]
        part[start] = sizes.count
        var size = 0
        while let place = stack.popLast() {
          size += 1
          let (row, column) = place.quotientAndRemainder(dividingBy: width)
          for near in max(0, row - 1)...min(height - 1, row + 1) {
            for beside in max(0, column - 1)...min(width - 1, column + 1) {
              let other = near * width + beside
              guard mask[other], part[other] < 0 else { continue }
              part[other] = sizes.count
              stack.append(other)
            }
          }
        }
        sizes.append(size)
      }
      let least = dustShare * Double(sizes.max() ?? 0)
      return part.map { $0 >= 0 && Double(sizes[$0]) >= least }
    }

    /// The bounding box of the true pixels; nil without any.
    private static func bounds(_ mask: [Bool], width: Int) -> (
      rows: ClosedRange<Int>, columns: ClosedRange<Int>
    )? {
      let places = mask.indices.filter { mask[$0] }
      // Places ascend row by row, so the first and the last give the rows.
      guard let first = places.first, let last = places.last else { return nil }
      let columns = places.map { $0 % width }
      guard let left = columns.min(), let right = columns.max() else { return nil }
      return (first / width...last / width, left...right)
    }
  }
}
