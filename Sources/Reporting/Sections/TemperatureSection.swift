/// Students' errors by temperature of the soft targets and by width of the hidden layers (paper, section 3).
enum TemperatureSection {
  static func section(_ rows: [ResultsSection.Row]) -> Section? {
    struct Point {
      let temperature: Double
      let row: ResultsSection.Row
    }
    // Students of a family have equal options and images; otherwise the chart would show the effect of other options as
    // one of width or temperature. Families: [key][width][points].
    var families: [String: [String: [Point]]] = [:]
    for row in rows where row.models.count == row.evaluations.count {
      guard let model = row.models.first, let temperature = model.temperature else { continue }
      var parameters = model.directory.manifest.parameters
      parameters["hidden"] = nil
      parameters["seed"] = nil
      let key =
        parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        + row.evaluations[0].images.hex
      let width = model.hidden.map(String.init).joined(separator: ",")
      families[key, default: [:]][width, default: []].append(Point(temperature: temperature, row: row))
    }
    // At least three temperatures make a curve. The family with the most widths, then the most points, is drawn.
    let found = families.values.map { $0.filter { Set($0.value.map(\.temperature)).count >= 3 } }
      .max { ($0.count, $0.values.joined().count) < ($1.count, $1.values.joined().count) }
    guard let family = found, !family.isEmpty else { return nil }
    let series = family.sorted { ($0.key.count, $0.key) < ($1.key.count, $1.key) }.prefix(
      LineChart.seriesLimit
    )
    .map { width, points in
      let sorted = points.sorted { $0.temperature < $1.temperature }
      return LineChart.Series(
        name: "hidden layers \(width)", points: sorted.map { ($0.temperature, $0.row.mean) },
        deviations: sorted.map(\.row.deviation))
    }
    // Paper: with 300 or more units a layer all temperatures above 8 are alike, with 30 those of 2.5 to 4 are best. The
    // logarithmic axis shows both ranges.
    let chart = LineChart(
      title: "Errors by temperature and width", xLabel: "temperature", yLabel: "errors", xIsLogarithmic: true,
      yIsLogarithmic: true, series: Array(series))
    return Section(
      id: "temperature", title: "Temperature and width",
      body: """
        <p>Wide students learn alike from all high temperatures; narrow ones have no room for what the highest tell, \
        and do best in between (paper, section 3). Bars are one standard deviation over the seeds.</p>
        \(chart.figure(id: "temperature-chart"))
        """)
  }
}
