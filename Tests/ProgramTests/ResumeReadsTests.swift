import Foundation
import Storage
import TestSupport
import Testing

/// What a start and a resume of a training read.
@Suite struct ResumeReadsTests {
  @Test(arguments: ["", " --fraction 0.5", " --validation shards/validation"])
  func `A resume takes from its checkpoint what it has to know of the set`(options: String) throws {
    let pipeline = try SmallPipeline(running: 2)
    // Three epochs, one of each copy; a checkpoint stands at most seven steps before the end of a line of the log.
    let command =
      "dk-teach jittered/train --hidden 600,600 --epochs 3 --batch-size 2 --checkpoint-every 7 --output"
    let whole = try pipeline.run("\(command) whole\(options)")
    #expect(whole.status == 0, "\(whole.standardError)")
    try pipeline.kill("\(command) t\(options)", output: "t", epochs: 2)
    let first = pipeline.directory("jittered/train/copy=00")
    for name in try FileSystem.list(first) {
      try AtomicFile.write(Array("damaged".utf8), to: first + "/" + name)
    }
    try AtomicFile.write(
      Array("damaged".utf8), to: pipeline.directory("jittered/train/statistics.st"))
    // A start needs both, and says so.
    let other = try pipeline.run("\(command) other\(options)")
    #expect(other.status == 65, "\(other.standardError)")
    let resumed = try pipeline.run("\(command) t\(options)")
    #expect(
      resumed.status == 0 && resumed.standardError.contains("goes on in epoch"), "\(resumed.standardError)")
    #expect(
      try bytes(pipeline.directory("t/model.safetensors"))
        == bytes(pipeline.directory("whole/model.safetensors")))
  }

  @Test func `A start takes the statistics of the whole set from their file`() throws {
    let pipeline = try SmallPipeline(running: 2)
    let damaged = pipeline.directory("jittered/train/statistics.st")
    try AtomicFile.write(Array("damaged".utf8), to: damaged)
    let command = "dk-teach jittered/train --hidden 8 --epochs 1 --output t"
    let refused = try pipeline.run(command)
    #expect(refused.status == 65 && refused.lastErrorLine.contains("statistics.st"))
    // A selection counts its own.
    #expect(try pipeline.run(command + " --omit 1").status == 0)
  }
}
