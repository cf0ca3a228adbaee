import Datasets
import Evaluation
import Networks
import Stage
import Storage
import Teachers
import TestSupport
import Testing

/// What programs print, made by the libraries.
@Suite struct ReportTableTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func picture(_ row: Int, _ pixels: [UInt8]) -> Picture? {
    var found: [Picture] = []
    let form = PictureForm(
      inputs: 2, shape: ImageShape(rows: 1, columns: 2), model: "net",
      normalization: .init(isWanted: false, name: "--normalize"))
    try? AtomicFile.write(pixels, to: directory("raw \(row)"))
    try? PictureReader(form, isRaw: true).read(directory("raw \(row)"), rows: nil) { found += $0 }
    return found.first
  }

  /// Two pixels, three classes: each of the first two classes has a pixel.
  private func model() throws -> Model {
    let network = Network(Architecture(sizes: [2, 3]))
    network.parameters.set(
      network.architecture.layers[0], weights: [4, 0, 0, 4, 0, 0], biases: [0, 0, 1])
    let labelMap = LabelMap(classes: 3, names: ["ape", "bee", "c,t"])
    try AtomicFile.write(
      try network.file(role: .student, labelMap: labelMap, shape: ImageShape(rows: 1, columns: 2)),
      to: directory("net.safetensors"))
    return try Model(directory("net.safetensors"))
  }

  @Test func `Predictions name the likeliest classes first`() throws {
    var list = PredictionList(try model(), temperature: 1)
    try list.add([try #require(picture(0, [255, 0])), try #require(picture(1, [0, 0]))])
    let lines = list.table(top: 2).text.split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    #expect(lines[0] == ["file", "row", "class", "p", "then", "p"])
    // Of a white left pixel the logits are 4, 0 and 1: e^4 / (e^4 + 1 + e) = 0.9362.
    #expect(lines[1].suffix(6) == ["ape", "93.62", "%", "c,t", "4.66", "%"])
    #expect(lines[2].suffix(6) == ["c,t", "57.61", "%", "ape", "21.19", "%"])
    let json = String(decoding: try CanonicalJSON.report(list), as: UTF8.self)
    #expect(json.contains(#""labelNames":["ape","bee","c,t"]"#) && json.contains(#""prediction":2"#))
    #expect(list.csvHeading == "file,row,prediction,label,p0,p1,p2")
    let csv = list.takeCSV().split(separator: "\n")
    #expect(csv.count == 2 && csv[1].hasPrefix("\(directory("raw 1")),0,2,\"c,t\",0.21194"), "\(csv)")
    // Taken once: memory does not grow with a million pictures.
    #expect(list.takeCSV().isEmpty)
  }

  @Test func `A prior is a word or probabilities that sum to 1`() throws {
    guard case .prior(let uniform) = try Calibration.Goal(prior: "uniform", outputs: 4) else {
      Issue.record("no prior")
      return
    }
    #expect(uniform == [0.25, 0.25, 0.25, 0.25])
    guard case .labels = try Calibration.Goal(prior: "labels", outputs: 4) else {
      Issue.record("no labels")
      return
    }
    guard case .prior([0.5, 0.3, 0.2]) = try Calibration.Goal(prior: "0.5, 0.3,0.2", outputs: 3) else {
      Issue.record("no list")
      return
    }
    for text in ["0.5,0.4", "1.5,-0.5", "x", ""] {
      #expect(throws: ParameterError.self) { try Calibration.Goal(prior: text, outputs: 2) }
    }
  }

  @Test func `Temperatures are positive in 32 bits`() throws {
    #expect(try Softening.temperatures("1, 2.5,20") == [1, 2.5, 20])
    for text in ["0", "-1", "1,", "1e-60", "1e60", "x"] {
      #expect(
        throws: ParameterError.wrongValue(
          parameter: "temperatures", expected: "positive numbers such as 1,4,20", found: "'\(text)'")
      ) { try Softening.temperatures(text) }
    }
  }
}
