import Foundation
import Storage
import TestSupport
import Testing

/// The pipeline where other programs say which stage runs when, and on which machine.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct ClusterTests {
  private static let hasSlurm = getuid() == 0 && ["slurmctld", "slurmd", "munged"].allSatisfy(isInstalled)
  private static let outputs = ["shards", "jittered", "teacher", "soft", "baseline", "student"]

  private let space: GraphSpace
  private var pipeline: SmallPipeline { space.pipeline }

  /// Enough epochs to be killed between two of them.
  init() throws { space = try GraphSpace(["TEACHER_EPOCHS": "1500"]) }

  private func run(_ command: String, _ more: [String: String] = [:]) throws -> Program.Result {
    try space.run(command, more)
  }

  @Test(
    .enabled(if: hasSlurm, "needs root and Slurm; pipelines/test.sh installs it"), .timeLimit(.minutes(10)))
  func `A graph on Slurm, of which a job is killed, ends with the bytes of run.sh`() throws {
    let script = reference("../../pipelines/run.sh")
    _ = try run(script, ["DK_OUTPUT": pipeline.directory("whole")])
    try FileSystem.createDirectory(pipeline.directory("slurm"))
    let result = try run(
      "\(reference("with_slurm.sh")) \(pipeline.directory("slurm")) \(reference("graph_on_slurm.sh")) "
        + "\(python ?? "") \(pipeline.directory("graph"))")
    #expect(!result.standardOutput.isEmpty, "no job was killed: \(result.standardError)")
    for output in Self.outputs {
      let whole = try digests(pipeline.directory("whole/\(output)"))
      #expect(whole["manifest.json"] != nil || whole.count > 3)
      #expect(try digests(pipeline.directory("graph/seed=0/\(output)")) == whole, "\(output)")
    }
  }

  @Test(
    .enabled(if: hasSlurm, "needs root and Slurm; pipelines/test.sh installs it"), .timeLimit(.minutes(3)))
  func `Array jobs of Slurm do the main job of each seed`() throws {
    let settings = ["TEACHER_EPOCHS": "20"]
    try FileSystem.createDirectory(pipeline.directory("slurm"))
    let result = try run(
      "\(reference("with_slurm.sh")) \(pipeline.directory("slurm")) \(reference("arrays_on_slurm.sh")) "
        + pipeline.directory("arrays"), settings)
    for seed in ["0", "1"] {
      let whole = pipeline.directory("whole\(seed)")
      _ = try run(
        reference("../../pipelines/run.sh"), settings.merging(["SEED": seed, "DK_OUTPUT": whole]) { $1 })
      for output in Self.outputs {
        #expect(
          try digests(pipeline.directory("arrays/seed=\(seed)/\(output)"))
            == digests(FileSystem.join(whole, output)), "\(output): \(result.standardError)")
      }
    }
  }

  @Test func `Experiments of the paper are graphs too`() throws {
    // Enough images to hold 5,000 of them out.
    try SyntheticImages(count: 6000).write(to: pipeline.directory.path)
    for kind in ["images-idx3", "labels-idx1"] {
      let name = pipeline.directory("train-\(kind)-ubyte")
      try FileSystem.remove(name)
      try FileManager.default.copyItem(
        atPath: pipeline.directory("train-" + kind.prefix(6)), toPath: name)
    }
    let place = pipeline.directory("paper")
    let config = [
      "output=\(pipeline.directory("graph"))", "parts=2",
      "paper={\"output\":\"\(place)\",\"settings\":{\"FORM\":\"quick\"}}",
    ]
    // A part of an experiment, with what it needs and nothing else, and no table of it.
    let made = try space.snakemake("\(place)/.done/omitted-0-3", config: config)
    try #require(made.status == 0, "\(made.standardError)")
    #expect(FileSystem.kind("\(place)/corrected/digit=3/seed=0/manifest.json") == .file)
    #expect(
      FileSystem.kind("\(place)/omitted/omit=2") == nil && FileSystem.kind("\(place)/record") == nil)
  }

  @Test(.enabled(if: isInstalled("rclone"), "needs rclone; pipelines/test.sh installs it"))
  func `A copy by way of object storage is as good as the set, and says what it lacks`() throws {
    for command in SmallPipeline.commands.prefix(4) { _ = try run(command) }
    let script = """
      mkdir back lacking
      rclone copy . s3:bucket --include '/{shards,jittered,teacher,soft}/**' --include '/train-*'
      rclone copy s3:bucket back
      rclone deletefile s3:bucket/soft/temperature=20/shard-00003.safetensors.zst
      tail -c 5 shards/train/shard-00001.safetensors.zst | rclone rcat s3:bucket/shards/train/shard-00001.safetensors.zst
      rclone copy s3:bucket lacking
      """
    let copied = try Program(
      reference("with_s3.sh"), [python ?? "", script], in: pipeline.directory.path,
      environment: space.environment)
    try copied.start()
    let result = copied.finish(within: 120)
    try #require(result.status == 0, "\(result.standardError)")

    // What tells of the set goes with it.
    for command in SmallPipeline.commands.prefix(4) {
      let again = try pipeline.shell("cd back && \(command)")
      #expect(again.status == 0 && again.standardError.contains("up to date"), "\(again.standardError)")
    }
    let whole = try pipeline.shell("cd back && dk-inspect --verify soft/temperature=20")
    #expect(whole.status == 0, "\(whole.standardOutput)")
    let damaged = try pipeline.shell("cd lacking && dk-teach shards/train --hidden 24 --output student")
    #expect(damaged.status == 65 && damaged.lastErrorLine.contains("shards/train/shard-00001"), "\(damaged)")
    let lacking = try pipeline.shell("cd lacking && dk-inspect --verify soft/temperature=20")
    #expect(
      lacking.status != 0 && lacking.standardOutput.contains("soft/temperature=20/shard-00003"), "\(lacking)")
  }
}
