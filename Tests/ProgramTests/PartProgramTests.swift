import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Directories that many processes make together.
struct PartProgramTests {
  private static let ingest =
    "dk-ingest train-images train-labels --validation 60 --shard-size 50 --seed 3 --jitter 1 --copies 3"

  /// For all that runs in the background; fails if one of them has.
  private static let waiting = "for job in $(jobs -p); do wait $job || exit 1; done"

  private let pipeline: SmallPipeline

  /// `whole`, made in one process.
  init() throws {
    pipeline = try SmallPipeline()
    try run("\(Self.ingest) --output whole")
  }

  @discardableResult
  private func run(_ command: String, status: Int32 = 0) throws -> Program.Result {
    let result = try pipeline.run(command)
    guard result.status == status else {
      throw PipelineFailed(command: "\(command): \(result.status)", line: result.standardError)
    }
    return result
  }

  /// Every file but where the inputs lie.
  private func expectSame(
    _ directory: String, _ other: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try pipeline.shell("diff -r -x locations.json -x '.*.dk-tmp' \(directory) \(other)")
    #expect(result.status == 0, "\(result.standardOutput)", sourceLocation: sourceLocation)
  }

  @Test func `Parts in any order, some twice and at once, make the bytes of one run`() throws {
    // At once, and each with another number of threads; the last ones twice.
    let order = [7, 2, 16, 1, 11, 5, 9, 14, 3, 12, 8, 4, 15, 10, 6, 13, 7, 2, 2]
    let commands = order.map {
      "\(Self.ingest) --output parts --part \($0)/16 --quiet --threads \($0 % 3 + 1) &"
    }
    let result = try pipeline.shell("\(commands.joined(separator: "\n"))\n\(Self.waiting)")
    #expect(result.status == 0, "\(result.standardError)")
    #expect(FileSystem.kind(pipeline.directory("parts/train/manifest.json")) == nil)
    let finished = try run("\(Self.ingest) --output parts --finish")
    #expect(finished.standardError.contains("0 shards to make, 33 reused"), "\(finished.standardError)")
    try expectSame("whole", "parts")
    // Nothing is left of the parts, and more of them find all done.
    #expect(try run("\(Self.ingest) --output parts --part 3/16").standardOutput.contains("up to date"))
    #expect(try run("\(Self.ingest) --output parts --finish").standardOutput.contains("up to date"))
    try expectSame("whole", "parts")
  }

  @Test func `Parts that are killed go on, and hurt no other`() throws {
    var random = SystemRandomNumberGenerator()
    for round in 0..<12 {
      let number = round % 4 + 1
      let delay = Double(random.next() % 40) / 1000
      _ = try pipeline.shell(
        "timeout -s KILL \(delay + 0.005) \(Self.ingest) --output parts --part \(number)/4 --quiet & "
          + "timeout -s KILL \(delay + 0.010) \(Self.ingest) --output parts --shards 0-20 --quiet; wait")
    }
    let missing = try pipeline.run("\(Self.ingest) --output parts --finish")
    #expect(missing.status == 65 || missing.status == 0, "\(missing.standardError)")
    for number in 1...4 { try run("\(Self.ingest) --output parts --part \(number)/4") }
    try run("\(Self.ingest) --output parts --finish")
    try expectSame("whole", "parts")
  }

  @Test func `What is missing is named, and a whole run makes it`() throws {
    try run("\(Self.ingest) --output parts --shards 4-20")
    try run("\(Self.ingest) --output parts --shards 25")
    let refused = try run("\(Self.ingest) --output parts --finish", status: 65)
    #expect(
      refused.lastErrorLine.contains("15 of 33 shards are missing: 0-3,21-24,26-32"),
      "\(refused.lastErrorLine)")
    // The record of a part is believed; one that is damaged is not, and its shards are read.
    let record = "parts/train/part-00000004-00000020.json"
    var bytes = try bytes(pipeline.directory(record))
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: pipeline.directory(record))
    let made = try run("\(Self.ingest) --output parts")
    #expect(made.standardError.contains("15 shards to make, 18 reused"), "\(made.standardError)")
    try expectSame("whole", "parts")
  }

  @Test func `A shard that is damaged behind its record is made again`() throws {
    for number in 1...2 { try run("\(Self.ingest) --output parts --part \(number)/2") }
    let shard = pipeline.directory("parts/train/copy=01/shard-00003.safetensors.zst")
    let whole = try bytes(shard)
    try AtomicFile.write(Array(whole.dropLast()), to: shard)
    let refused = try run("\(Self.ingest) --output parts --finish", status: 65)
    #expect(refused.lastErrorLine.contains("1 of 33 shards are missing: 14"), "\(refused.lastErrorLine)")
    // Of the same size it is seen by --check.
    try AtomicFile.write(whole.dropLast() + [whole[whole.count - 1] ^ 1], to: shard)
    let checked = try run("\(Self.ingest) --output parts --part 1/2 --check")
    #expect(checked.standardError.contains("1 shards to make, 15 reused"), "\(checked.standardError)")
    try run("\(Self.ingest) --output parts --finish")
    try expectSame("whole", "parts")
  }

  @Test func `Logits are softened by parts, and their temperatures too`() throws {
    try run(SmallPipeline.commands[1])
    try run("dk-teach jittered/train --hidden 16 --epochs 2 --batch-size 16 --output teacher")
    let soften = "dk-soften teacher --images jittered/train --temperatures 4,20 --output"
    try run("\(soften) one")
    for number in [3, 1, 2] { try run("\(soften) parts --part \(number)/3") }
    try run("\(soften) parts --finish")
    try expectSame("one", "parts")
    for number in [2, 1] {
      try run("dk-soften --from-logits one/logits --temperatures 4,20 --output others --part \(number)/2")
    }
    try run("dk-soften --from-logits one/logits --temperatures 4,20 --output others --finish")
    for temperature in ["temperature=4", "temperature=20"] {
      try expectSame("one/\(temperature)", "others/\(temperature)")
    }
  }

  @Test func `Parts of other settings, or without sense, are one line`() throws {
    try run("\(Self.ingest) --output parts --part 1/3")
    let other = Self.ingest.replacing("--seed 3", with: "--seed 4")
    for (command, status, expected) in [
      ("\(other) --output parts --part 2/3", 73, "seed"), ("\(other) --output parts", 73, "seed"),
      ("\(Self.ingest) --output whole --part 2/3 --force", 64, "--force"),
      ("\(Self.ingest) --output parts --part 0/3", 64, "--part"),
      ("\(Self.ingest) --output parts --part 4/3", 64, "--part"),
      ("\(Self.ingest) --output parts --part 1/3 --finish", 64, "--finish"),
      ("\(Self.ingest) --output parts --shards 9-3", 64, "--shards"),
    ] {
      let result = try pipeline.run(command)
      #expect(
        result.status == Int32(status) && result.lastErrorLine.contains(expected), "\(result.standardError)")
    }
    // Under force the parts go with all else.
    try run("\(other) --output parts --force")
    #expect(try PartFiles.count(pipeline.directory("parts/train")) == 0)
    try run("\(Self.ingest) --output dry --part 1/3 --dry-run")
    #expect(FileSystem.kind(pipeline.directory("dry")) == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "needs to be root, to name a host"))
  func `Two hosts over one directory make the bytes of one run`() throws {
    let parts = (1...8).map { number in
      "unshare --uts bash -c 'hostname host-\(number % 2) && exec \(Self.ingest) --output parts --part \(number)/8 --quiet' &"
    }
    let result = try pipeline.shell("\(parts.joined(separator: "\n"))\n\(Self.waiting)")
    #expect(result.status == 0, "\(result.standardError)")
    try run("\(Self.ingest) --output parts --finish")
    try expectSame("whole", "parts")
  }
}

/// Records of parts in a directory.
private enum PartFiles {
  static func count(_ directory: String) throws -> Int {
    try FileSystem.list(directory).count { $0.hasPrefix("part-") }
  }
}
