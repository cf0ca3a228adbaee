import Foundation
import Testing

@testable import Reporting

/// Where a chart draws its points.
@Suite struct LineChartTests {
  // The plot's box: 640 wide and 320 high, less room for the labels.
  private static let (left, right, top, bottom) = (62.0, 626.0, 12.0, 276.0)

  private func chart(
    of series: [LineChart.Series], xIsLogarithmic: Bool = false, yIsLogarithmic: Bool = false
  ) -> Markup {
    let chart = LineChart(
      title: "t", xLabel: "x", yLabel: "y", xIsLogarithmic: xIsLogarithmic, yIsLogarithmic: yIsLogarithmic,
      series: series)
    return Markup(chart.figure(id: "c"))
  }

  private func chart(
    _ points: [(x: Double, y: Double)], deviations: [Double] = [], xIsLogarithmic: Bool = false,
    yIsLogarithmic: Bool = false
  ) -> Markup {
    chart(
      of: [.init(name: "n", points: points, deviations: deviations)], xIsLogarithmic: xIsLogarithmic,
      yIsLogarithmic: yIsLogarithmic)
  }

  /// Numbers of each path of a curve, those of the legend left out.
  private func paths(_ markup: Markup) -> [[Double]] {
    markup.tags("path").filter { $0["class"] == "curve" && $0["d"] != "M0 6H32" }.map { path in
      (path["d"] ?? "").split { "MLHV ".contains($0) }.compactMap { Double($0) }
    }
  }

  /// Every number of the drawing is one, and lies in it.
  private func expectWhole(
    _ markup: Markup, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(markup.faults.isEmpty, "\(words)", sourceLocation: sourceLocation)
    let texts = markup.tags.flatMap { $0.attributes.map(\.value) } + [markup.text]
    for text in texts {
      #expect(
        !text.contains("nan") && !text.contains("inf"), "\(words): \(text)", sourceLocation: sourceLocation)
    }
    for path in paths(markup) {
      #expect(
        path.allSatisfy { (-0.05...640.05).contains($0) }, "\(words): \(path)", sourceLocation: sourceLocation
      )
    }
  }

  private func isNear(_ found: [Double]?, _ expected: [Double]) -> Bool {
    guard let found, found.count == expected.count else { return false }
    return zip(found, expected).allSatisfy { abs($0 - $1) <= 0.06 }
  }

  @Test func `Points lie where linear axes say`() {
    let markup = chart([(0, 0), (1, 10), (4, 20)])
    // Twentieths of the extent stay free above and below.
    let height = Self.bottom - Self.top
    let (low, high) = (Self.bottom - height * 0.05 / 1.1, Self.top + height * 0.05 / 1.1)
    let quarter = Self.left + (Self.right - Self.left) / 4
    #expect(isNear(paths(markup).first, [Self.left, low, quarter, (low + high) / 2, Self.right, high]))
    expectWhole(markup, "linear")
    #expect(markup.text.contains("y by x. n: 20 at 4"))
  }

  @Test func `Points lie where logarithmic axes say`() throws {
    let markup = chart([(1, 1), (10, 10), (100, 1000)], xIsLogarithmic: true, yIsLogarithmic: true)
    let path = paths(markup).first ?? []
    try #require(path.count == 6)
    #expect(isNear([path[0], path[2], path[4]], [Self.left, (Self.left + Self.right) / 2, Self.right]))
    #expect(abs((path[1] - path[3]) * 3 - (path[1] - path[5])) < 0.4)
    expectWhole(markup, "logarithmic")
  }

  @Test func `A zero has no place on a logarithmic axis`() {
    // By x the point goes, by y the axis becomes linear.
    #expect(paths(chart([(0, 5), (1, 1), (10, 2)], xIsLogarithmic: true)).first?.count == 4)
    let linear = chart([(1, 0), (2, 10), (3, 20)])
    #expect(paths(chart([(1, 0), (2, 10), (3, 20)], yIsLogarithmic: true)) == paths(linear))
  }

  @Test func `A deviation is a bar about its point and one that is zero is none`() throws {
    let markup = chart([(1, 10), (2, 20), (3, 30)], deviations: [1, 0, 2])
    let found = paths(markup)
    try #require(found.count == 3)
    let (curve, first, last) = (found[0], found[1], found[2])
    #expect(first[0] == curve[0] && last[0] == curve[4])
    #expect(
      abs((first[1] + first[2]) / 2 - curve[1]) < 0.11 && abs((last[1] + last[2]) / 2 - curve[5]) < 0.11)
    #expect(abs((last[1] - last[2]) / (first[1] - first[2]) - 2) < 0.05)
    // The bars are within the axes, which they widen.
    expectWhole(markup, "bars")
  }

  @Test func `One point, and equal values, are drawn in the middle`() {
    let (x, y) = ((Self.left + Self.right) / 2, (Self.top + Self.bottom) / 2)
    for value in [0, 3, -3, 1e-30, 1e17, -1e200, .leastNonzeroMagnitude] as [Double] {
      let one = chart([(value, value)])
      #expect(isNear(paths(one).first, [x, y]), "\(value): \(paths(one))")
      expectWhole(one, "one \(value)")
      let equal = chart([(1, value), (2, value), (3, value)])
      #expect(isNear(paths(equal).first, [Self.left, y, x, y, Self.right, y]), "\(value): \(paths(equal))")
      expectWhole(equal, "equal \(value)")
    }
    let logarithmic = chart([(20, 74)], xIsLogarithmic: true, yIsLogarithmic: true)
    #expect(isNear(paths(logarithmic).first, [x, y]))
  }

  @Test(arguments: [false, true])
  func `Huge and tiny values stay within the drawing`(isLogarithmic: Bool) {
    let least = Double.leastNonzeroMagnitude
    for values in [
      [1e-30, 2e-30, 3e-30], [1e30, 2e30, 3e30], [1e-200, 1, 1e200], [-1e299, 0, 1e299],
      [least, 2 * least, 4 * least],
      [1e17, 1e17 + 32, 1e17 + 64], [1, 1 + 1e-15, 1 + 2e-15], [-9e299, 9e299, 0],
    ] as [[Double]] {
      let points = values.enumerated().map { (x: Double($0.offset + 1), y: $0.element) }
      let markup = chart(points, xIsLogarithmic: isLogarithmic, yIsLogarithmic: isLogarithmic)
      #expect(paths(markup).first?.count == 6, "\(values)")
      expectWhole(markup, "\(values)")
      let turned = chart(points.map { (x: $0.y, y: $0.x) }, xIsLogarithmic: isLogarithmic)
      expectWhole(turned, "turned \(values)")
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e308, -1.7e308])
  func `What is not finite, or almost, is left out`(value: Double) {
    let plain = paths(chart([(1, 1), (2, 2), (4, 3)]))
    #expect(paths(chart([(1, 1), (2, 2), (3, value), (4, 3)])) == plain)
    #expect(paths(chart([(1, 1), (2, 2), (value, 9), (4, 3)])) == plain)
    for markup in [
      chart([(1, 1), (2, value)]), chart([(1, 1), (value, 2)]),
      chart([(1, 1), (2, 2)], deviations: [value, 0.1]),
      chart([(1, 1), (2, value)], deviations: [0.1, 0.1], yIsLogarithmic: true),
      chart(of: [.init(name: "a", points: [(1, 1)]), .init(name: "b", points: [(2, value)])]),
    ] { expectWhole(markup, "\(value)") }
    // The curve's last point in words is the last that is drawn.
    #expect(chart([(1, 7), (2, value)]).text.contains("n: 7 at 1"))
  }

  @Test func `Nothing to draw is no figure`() {
    for series in [
      [], [.init(name: "n", points: [])], [.init(name: "n", points: [(.nan, 1), (1, .nan)])],
    ] as [[LineChart.Series]] {
      let chart = LineChart(title: "t", xLabel: "x", yLabel: "y", series: series)
      #expect(chart.figure(id: "c").isEmpty)
    }
  }

  @Test func `Names of curves and axes are text`() {
    let hostile = "\"><script>alert('&')</script>"
    let chart = LineChart(
      title: hostile, xLabel: hostile, yLabel: hostile,
      series: [.init(name: hostile, points: [(1, 1), (2, 2)])])
    let markup = Markup(chart.figure(id: "c"))
    #expect(markup.faults.isEmpty && markup.tags("script").isEmpty, "\(markup.faults)")
    #expect(markup.tags("figure").first?["aria-label"] == hostile)
    // Title, both axes, the description with all three, the legend and the caption.
    #expect(markup.text.components(separatedBy: hostile).count == 1 + 8)
  }

  @Test func `Curves beyond the colours differ in their dashes`() {
    let series = (0..<LineChart.seriesLimit).map {
      LineChart.Series(name: "\($0)", points: [(1, 1), (2, Double($0))])
    }
    let curves = chart(of: series).tags("path").filter { $0["class"] == "curve" }
    let looks = curves.prefix(LineChart.seriesLimit).map {
      "\($0["style"] ?? "") \($0["stroke-dasharray"] ?? "")"
    }
    #expect(
      Set(looks).count == LineChart.seriesLimit && Set(curves.map { $0["stroke-dasharray"] }).count == 4)
    // The legend has the same, in the same order.
    #expect(
      curves.dropFirst(LineChart.seriesLimit).map(\.form) == curves.prefix(LineChart.seriesLimit).map(\.form))
  }

  @Test func `Ticks are round numbers within the axis`() {
    #expect(Scale([0, 10], isLogarithmic: false)?.ticks == [0, 2, 4, 6, 8, 10])
    #expect(Scale([-1, 1], isLogarithmic: false)?.ticks == [-1, -0.5, 0, 0.5, 1])
    let decades = Scale([1, 100], isLogarithmic: true)?.ticks ?? []
    #expect(
      zip(decades, [1, 2, 5, 10, 20, 50, 100]).allSatisfy { abs($0 / $1 - 1) < 1e-12 } && decades.count == 7)
    #expect(Scale([1, 1e6], isLogarithmic: true)?.ticks.count == 7)
    #expect(Scale([], isLogarithmic: false) == nil)
  }
}
