import Foundation

/// A line chart as inline SVG.
struct LineChart {
  /// One curve.
  struct Series {
    let name: String
    let points: [(x: Double, y: Double)]
    /// [points]: standard deviations of y, drawn as bars; empty for none.
    var deviations: [Double] = []
  }

  private static let (width, height) = (640.0, 320.0)
  private static let (left, right, top, bottom) = (62.0, 14.0, 12.0, 44.0)
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3"]
  /// Largest number of curves: one for each of the eight colours of `Style`.
  static let seriesLimit = 8

  let title: String
  let xLabel: String
  let yLabel: String
  var xIsLogarithmic = false
  /// A wish: the axis is logarithmic only if all points, less their deviations, are above 0.
  var yIsLogarithmic = false
  let series: [Series]

  /// The chart with its legend; empty if there are no points.
  ///
  /// - Parameter id: unique in the page.
  /// - Returns: HTML.
  func figure(id: String) -> String {
    // The axes have to hold the deviation bars, not only the points.
    let curves = series.map(marks)
    let all = curves.joined()
    let heights = all.flatMap { [$0.y - $0.deviation, $0.y + $0.deviation] }
    let isLogarithmic = yIsLogarithmic && heights.allSatisfy { $0 > 0 }
    guard let horizontal = Scale(all.map(\.x), isLogarithmic: xIsLogarithmic),
      let vertical = Scale(heights, isLogarithmic: isLogarithmic, isWidened: true)
    else { return "" }
    func x(_ value: Double) -> Double {
      Self.left + horizontal.share(value) * (Self.width - Self.left - Self.right)
    }
    // SVG's y axis points down.
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - vertical.share(value) * (Self.height - Self.top - Self.bottom)
    }
    var parts: [String] = []
    for tick in vertical.ticks {
      parts.append(
        "<path class=\"axis\" d=\"M\(Self.left) \(Self.text(y(tick)))H\(Self.width - Self.right)\"/>"
          + "<text x=\"\(Self.left - 6)\" y=\"\(Self.text(y(tick) + 4))\" text-anchor=\"end\">\(Self.label(tick))</text>"
      )
    }
    for tick in horizontal.ticks {
      parts.append(
        "<text x=\"\(Self.text(x(tick)))\" y=\"\(Self.height - Self.bottom + 16)\" text-anchor=\"middle\">\(Self.label(tick))</text>"
      )
    }
    parts.append(
      "<text x=\"\((Self.left + Self.width) / 2)\" y=\"\(Self.height - 6)\" text-anchor=\"middle\">\(HTML.escape(xLabel))</text>"
        + "<text transform=\"translate(14 \(Self.height / 2)) rotate(-90)\" text-anchor=\"middle\">\(HTML.escape(yLabel))</text>"
    )
    for (number, curve) in curves.enumerated() {
      let path = curve.enumerated().map { step, mark in
        "\(step == 0 ? "M" : "L")\(Self.text(x(mark.x))) \(Self.text(y(mark.y)))"
      }
      parts.append("<path class=\"curve\" \(Self.stroke(number)) d=\"\(path.joined())\"/>")
      for mark in curve where mark.deviation > 0 {
        parts.append(
          "<path class=\"curve\" \(Self.stroke(number, dashed: false)) d=\"M\(Self.text(x(mark.x))) "
            + "\(Self.text(y(mark.y - mark.deviation)))V\(Self.text(y(mark.y + mark.deviation)))\"/>")
      }
    }
    // For screen readers: the end of each curve, since they cannot see its course.
    let description = zip(series, curves).map { curve, marks in
      marks.last.map { "\(curve.name): \(Self.label($0.y)) at \(Self.label($0.x))" } ?? curve.name
    }.joined(separator: "; ")
    return """
      <figure class="chart" tabindex="0" role="group" aria-label="\(HTML.escape(title))">
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-labelledby="\(id)-t \(id)-d">
      <title id="\(id)-t">\(HTML.escape(title))</title>
      <desc id="\(id)-d">\(HTML.escape("\(yLabel) by \(xLabel). \(description)"))</desc>
      \(parts.joined(separator: "\n"))
      </svg>
      <ul class="legend">\(series.enumerated().map { Self.legend($0.offset, $0.element.name) }.joined())</ul>
      <figcaption>\(HTML.escape(title))</figcaption>
      </figure>
      """
  }

  /// The points of a curve that the axes can show.
  private func marks(_ curve: Series) -> [(x: Double, y: Double, deviation: Double)] {
    curve.points.enumerated().compactMap { number, point in
      guard Scale.holds(point.x), Scale.holds(point.y), !xIsLogarithmic || point.x > 0 else { return nil }
      let deviation = number < curve.deviations.count ? curve.deviations[number] : 0
      return (point.x, point.y, Scale.holds(deviation) ? deviation : 0)
    }
  }

  /// Style of a curve: curves differ in colour and in dashes, for colour-blind readers and grey prints.
  private static func stroke(_ number: Int, dashed: Bool = true) -> String {
    // Two curves share a pattern, but never the same colour: 8 colours, 4 patterns.
    let dash = dashes[number / 2 % dashes.count]
    return "style=\"stroke: var(--s\(number % seriesLimit))\""
      + (dashed && !dash.isEmpty ? " stroke-dasharray=\"\(dash)\"" : "")
  }

  private static func legend(_ number: Int, _ name: String) -> String {
    "<li><svg viewBox=\"0 0 32 12\" aria-hidden=\"true\"><path class=\"curve\" \(stroke(number)) d=\"M0 6H32\"/></svg> "
      + "\(HTML.escape(name))</li>"
  }

  private static func text(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func label(_ value: Double) -> String { String(format: "%.4g", value) }
}

/// One axis: maps numbers to positions from 0 to 1.
struct Scale {
  private let low: Double
  private let high: Double
  private let isLogarithmic: Bool

  /// Whether an axis can show a number: beyond the limit, differences overflow.
  static func holds(_ value: Double) -> Bool { abs(value) < 1e300 }

  /// An axis from the lowest to the highest of some numbers, plus 5 % at both ends if widened; nil for no numbers.
  init?(_ values: [Double], isLogarithmic: Bool, isWidened: Bool = false) {
    self.isLogarithmic = isLogarithmic
    guard var low = values.min(), var high = values.max() else { return nil }
    if isLogarithmic { (low, high) = (log10(low), log10(high)) }
    // Numbers that differ by rounding alone get a range around them: ticks would otherwise have no distance.
    let size = max(abs(low), abs(high))
    if high - low <= max(size * 1e-12, 1e-300) {
      let half = max(0.5, size * 1e-3)
      (low, high) = (low - half, high + half)
    }
    let margin = isWidened ? (high - low) * 0.05 : 0
    (self.low, self.high) = (low - margin, high + margin)
  }

  /// Position of a number: 0 at the low end, 1 at the high end.
  func share(_ value: Double) -> Double {
    ((isLogarithmic ? log10(max(value, .leastNonzeroMagnitude)) : value) - low) / (high - low)
  }

  /// Round numbers within the axis.
  var ticks: [Double] {
    if isLogarithmic {
      // 1, 2 and 5 in each decade; over many decades, powers of ten only.
      let decades = Int(low.rounded(.down))...Int(high.rounded(.up))
      let candidates: [Double] = decades.flatMap { power -> [Double] in
        let unit: Double = pow(10, Double(power))
        return [unit, 2 * unit, 5 * unit]
      }
      let all = candidates.filter { (low - 1e-9...high + 1e-9).contains(log10($0)) }
      return all.count > 8 ? all.filter { log10($0).rounded() == log10($0) } : all
    }
    // At most five steps, each 1, 2, 5 or 10 times a power of ten. A tick that should be 0 may be 1e-17 by rounding.
    let raw = (high - low) / 5
    let power = pow(10, log10(raw).rounded(.down))
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
    return stride(from: (low / step).rounded(.up) * step, through: high, by: step).map {
      abs($0) < step * 1e-9 ? 0 : $0
    }
  }
}
