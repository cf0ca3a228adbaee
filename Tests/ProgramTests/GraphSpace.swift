import Foundation
import Storage
import TestSupport
import Testing

/// Small images under the names of MNIST's, and what starts the graphs of jobs on them.
struct GraphSpace {
  /// Of run.sh, for trainings of a moment.
  static let settings = [
    "VALIDATION": "60", "TEACHER_HIDDEN": "48", "TEACHER_EPOCHS": "3", "STUDENT_HIDDEN": "24",
    "STUDENT_EPOCHS": "3", "BASELINE_EPOCHS": "2", "JITTER": "1", "COPIES": "3", "STAGE": "1",
  ]

  let pipeline: SmallPipeline
  let environment: [String: String]

  init(_ settings: [String: String] = [:]) throws {
    pipeline = try SmallPipeline()
    for (name, source) in [
      ("train-images-idx3-ubyte", "train-images"), ("train-labels-idx1-ubyte", "train-labels"),
      ("t10k-images-idx3-ubyte", "train-images"), ("t10k-labels-idx1-ubyte", "train-labels"),
    ] {
      try FileManager.default.copyItem(atPath: pipeline.directory(source), toPath: pipeline.directory(name))
    }
    environment = Self.settings.merging(settings) { $1 }.merging(["MNIST_DIR": pipeline.directory.path]) {
      $1
    }
  }

  /// Runs a command that has to end with 0.
  func run(_ command: String, _ more: [String: String] = [:]) throws -> Program.Result {
    let result = try pipeline.run(command, environment: environment.merging(more) { $1 })
    try #require(result.status == 0, "\(command): \(result.standardError)")
    return result
  }

  /// Runs a target of pipelines/Snakefile.
  func snakemake(
    _ target: String, _ options: [String] = [], config: [String], environment more: [String: String] = [:]
  ) throws -> Program.Result {
    let program = try Program(
      FileSystem.join(FileSystem.parent(python ?? ""), "snakemake"),
      ["--snakefile", reference("../../pipelines/Snakefile"), "--cores", "2", "--nolock"] + options + [
        "--config"
      ]
        + config + ["--", target],
      in: pipeline.directory.path, environment: environment.merging(more) { $1 })
    try program.start()
    return program.finish()
  }
}
