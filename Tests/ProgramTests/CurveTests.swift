import Foundation
import Stage
import Storage
import TestSupport
import Testing
import Training

/// Training curves as TensorBoard reads them.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct CurveTests {
  private struct Curve: Decodable {
    let steps: [Int]
    let values: [Double]
  }

  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 2) }

  private func curves(_ directory: String) throws -> [String: Curve] {
    let result = try pipeline.run("\(python ?? "") \(reference("read_curves.py")) \(directory)")
    guard result.status == 0 else { throw PipelineFailed(command: directory, line: result.standardError) }
    return try JSONDecoder().decode([String: Curve].self, from: Data(result.standardOutput.utf8))
  }

  /// Every epoch once, with the numbers of the log.
  private func expectCurves(_ directory: String, of model: String) throws {
    let curves = try curves(directory)
    let entries = try StageLog(directory: pipeline.directory(model)).entries(TrainingLogEntry.self)
    #expect(entries.count == 6)
    func expect(_ tag: String, _ value: (TrainingLogEntry) -> Double?) {
      #expect(curves[tag]?.steps == entries.map(\.step), "\(tag): \(curves[tag]?.steps ?? [])")
      #expect(curves[tag]?.values.map { Float($0) } == entries.map { Float(value($0) ?? .nan) }, "\(tag)")
    }
    expect("train/loss") { $0.loss }
    expect("train/learning rate") { $0.learningRate }
    expect("validation/errors") { $0.validationErrors.map(Double.init) }
    expect("dead units/hidden layer 2") { $0.deadUnits[1] }
  }

  @Test func `Each epoch is a point, and a training that goes on has one curve`() throws {
    let teach = SmallPipeline.commands[2].replacing("--epochs 6", with: "--epochs 6 --tensorboard curves")
    #expect(try pipeline.run(teach).status == 0)
    try expectCurves("curves", of: "teacher")
    // Up to date: they are written all the same, from the log.
    try FileSystem.remove(pipeline.directory("curves"))
    #expect(try pipeline.run(teach).status == 0)
    try expectCurves("curves", of: "teacher")
    // The last epochs are done again.
    let again = teach.replacing("teacher", with: "again").replacing("curves", with: "others")
    let killed = try pipeline.shell("timeout -s TERM 0.3 \(again) --threads 1; \(again)")
    #expect(killed.status == 0, "\(killed.standardError)")
    try expectCurves("others", of: "again")
  }

  @Test func `Each seed has curves of its own`() throws {
    let teach = SmallPipeline.commands[2].replacing(
      "--output", with: "--seeds 0,4 --tensorboard curves --output")
    #expect(try pipeline.run(teach).status == 0)
    for seed in ["seed=0", "seed=4"] { try expectCurves("curves/\(seed)", of: "teacher/\(seed)") }
  }

  @Test func `A place that is no directory is one line`() throws {
    let result = try pipeline.run(
      SmallPipeline.commands[2].replacing("--output", with: "--tensorboard train-images --output"))
    #expect(result.status == 73 || result.status == 65, "\(result.standardError)")
    #expect(result.lastErrorLine.contains("train-images"), "\(result.standardError)")
  }
}
