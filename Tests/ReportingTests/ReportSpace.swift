import Datasets
import Evaluation
import Foundation
import Networks
import Stage
import Storage
import TestSupport

@testable import Reporting

/// Directories to report on, made without a training.
struct ReportSpace {
  static let classes = 3

  let space: ImageSpace

  init() throws { space = try ImageSpace() }

  /// Labelled pictures that pass for a test set: `rows` of each class.
  func images(_ name: String = "images", rows: Int = 4, labelNames: [String]? = nil) throws -> ImageSet {
    try space.set(labels: (0..<rows * Self.classes).map { $0 % Self.classes }, name: name) {
      ($0.split, $0.labelNames, $0.order) = ("test", labelNames, .source)
    }
  }

  /// A labelled set of vectors of floats, two of each class.
  func vectors(_ name: String) throws -> ImageSet {
    let (labels, source) = ([0, 1, 2, 0, 1, 2] as [UInt32], Digest(of: [1]))
    let shard = ImageShard(
      Features((0..<12).map { Float($0) }, width: 2), labels: labels,
      origins: RowOrigins(source: source, indices: labels.indices.map { UInt32($0) }))
    return try ImageSet(
      space.forge(
        name, kind: .images, parameters: ["dtype": "f32"],
        counts: ["classes": Self.classes, "rows": 1, "columns": 2, "channels": 1, "labelled": 1],
        sources: [source],
        shards: [(ShardFile.name(0), shard.content(classes: Self.classes))]))
  }

  /// Where a name lies.
  func path(_ name: String) -> String { space.directory(name) }

  /// A finished directory of one file.
  func directory(
    _ name: String, _ kind: DirectoryKind, role: ModelRole? = nil, parameters: [String: JSONValue] = [:],
    counts: [String: Int] = [:], file: String, _ bytes: [UInt8]
  ) throws -> FinishedDirectory {
    let identity = Digest(of: Array("\(name) \(parameters)".utf8))
    let plan = Plan(
      kind: kind, role: role, stage: "dk-test", arithmeticVersion: 1, parameters: parameters, inputs: [],
      outputs: [.init(path: file, identity: identity)])
    let output = try OutputDirectory(plan, OutputRequest(output: path(name)), threads: 1)
    try output.begin()
    output.adopt([try output.publisher.publish(bytes, at: 0)])
    try output.finish { _ in (counts, [:]) }
    return try FinishedDirectory(path(name))
  }

  /// A model with random weights, for pictures of this space.
  @discardableResult
  func model(
    _ name: String, role: ModelRole? = .student, seed: Int = 0, hidden: [Int] = [5],
    parameters: [String: JSONValue] = [:], labelNames: [String]? = nil
  ) throws -> FinishedDirectory {
    let network = Network(
      Architecture(sizes: [ImageSpace.inputs] + hidden + [Self.classes]), seed: UInt64(seed))
    let own: [String: JSONValue] = ["hidden": .array(hidden.map { JSONValue($0) }), "seed": JSONValue(seed)]
    return try directory(
      name, .model, role: role, parameters: own.merging(parameters) { $1 },
      counts: ["inputs": ImageSpace.inputs, "classes": Self.classes], file: Network.fileName,
      try network.file(role: role, labelMap: LabelMap(classes: Self.classes, names: labelNames)))
  }

  /// Sets of classes for specialists.
  @discardableResult
  func specialists(_ name: String) throws -> FinishedDirectory {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("sets", [1, 0, 0, 0, 1, 1] as [UInt8], shape: [2, Self.classes])
    return try directory(name, .specialistSets, file: "sets.safetensors", try writer.bytes())
  }

  /// Evaluations of models together: the first `errors` of the examples are wrong, all with a confidence of 3/4.
  func evaluation(_ models: [FinishedDirectory], errors: Int, of examples: Int = 100, on images: ImageSet)
    -> EvaluationReport
  {
    var evaluation = Evaluation(classes: 2)
    for example in 0..<examples {
      evaluation.add([log(0.75), log(0.25)], label: example < errors ? 1 : 0)
    }
    return EvaluationReport(
      evaluation, models: models.map { Plan.Input(name: "model", $0) }, images: images, parameters: 203)
  }

  /// Keeps an evaluation as `dk-evaluate --output` does.
  func keep(_ evaluation: EvaluationReport, _ name: String) throws {
    try FileSystem.createDirectory(FileSystem.parent(path(name)))
    try AtomicFile.write(try CanonicalJSON.report(evaluation), to: path(name))
  }

  /// The log of a training of so many epochs, whose losses halve.
  func train(_ model: String, epochs: Int) throws {
    let lines = (1...epochs).map { epoch in
      """
      {"training":"\(Digest(of: []).hex)","epoch":\(epoch),"step":\(epoch * 10),"loss":\(pow(0.5, Double(epoch))),\
      "learningRate":0.1,"gradientNorm":1,"accuracy":0.5,"deadUnits":[0],"imagesPerSecond":9,\
      "validationErrors":\(20 - epoch),"time":"2026-01-01T00:00:00Z"}
      """
    }
    try AtomicFile.write(Array(lines.joined(separator: "\n").utf8), to: path("\(model)/\(StageLog.fileName)"))
  }

  /// Logits of `judged` that name every true class, but `wrong` at some rows; `second` is nearest to it.
  static func logits(_ judged: Judged, wrong: [Int: Int] = [:], second: [Int: Float] = [:]) -> [Float] {
    (0..<judged.count).flatMap { row -> [Float] in
      var logits = [Float](repeating: 0, count: classes)
      logits[wrong[row] ?? judged.labels[row]] = 8
      logits[(judged.labels[row] + 1) % classes] += second[row] ?? 1
      return logits
    }
  }
}
