import Foundation
import Networks
import Storage
import TestSupport
import Testing

/// What terminals, pipes and limits do to the programs, and what foreign texts would do to terminals.
@Suite struct HostileStreamTests {
  private let pipeline: SmallPipeline

  init() throws { pipeline = try SmallPipeline(running: 4) }

  private static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
      $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F ~= $0.value))
    }
  }

  @Test func `Escape sequences of others reach no terminal`() throws {
    let network = Network(Architecture(sizes: [64, 6, 4]), seed: 1)
    let evil = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\r\u{202E}"
    try AtomicFile.write(
      try network.file(metadata: [evil: evil, "note": evil]), to: pipeline.directory("evil.safetensors"))
    var bad = SafetensorsWriter(metadata: ["activation": evil])
    bad.add("layers.0.weight", [Float](repeating: 1, count: 256), shape: [4, 64])
    bad.add("layers.0.bias", [Float](repeating: 1, count: 4), shape: [4])
    try AtomicFile.write(try bad.bytes(), to: pipeline.directory("worse.safetensors"))
    let odd = "o\u{1B}[31m\ndd"
    try FileSystem.createDirectory(pipeline.directory(odd))
    try AtomicFile.write(
      try bytes(pipeline.directory("train-images")), to: pipeline.directory(odd + "/images"))
    try AtomicFile.write(
      try bytes(pipeline.directory("train-labels")), to: pipeline.directory(odd + "/labels"))
    for arguments in [
      ["dk-inspect", "evil.safetensors"], ["dk-inspect", "worse.safetensors"],
      ["dk-evaluate", "evil.safetensors", "--images", "shards/validation"],
      ["dk-evaluate", "evil.safetensors", "teacher", "--images", "shards/validation", "--json"],
      ["dk-evaluate", "worse.safetensors", "--images", "shards/train"], ["dk-teach", odd, "--output", "x"],
      ["dk-ingest", odd + "/images", odd + "/labels", "--output", odd + "/out"],
      ["dk-ingest", odd + "/images", odd + "/none", "--output", "x"],
      ["dk-inspect", odd + "/out/train"], ["dk-inspect", "--verify", odd + "/out/train"],
      ["dk-inspect", "--json", "evil.safetensors"],
      ["dk-teach", "shards/train", "--" + evil, "--output", "x"],
      ["dk-teach", "shards/train", "--epochs", evil, "--output", "x"],
      ["dk-soften", "teacher", "--images", odd + "/out/train", "--output", odd + "/soft"],
    ] {
      let program = try Program(arguments[0], Array(arguments.dropFirst()), in: pipeline.directory.path)
      try program.start()
      let result = program.finish(within: 30)
      #expect([0, 64, 65, 66].contains(result.status), "\(arguments): \(result.status)")
      #expect(Self.isPlain(result.standardOutput), "\(arguments): \(result.standardOutput.debugDescription)")
      #expect(Self.isPlain(result.standardError), "\(arguments): \(result.standardError.debugDescription)")
    }
  }

  @Test(arguments: [
    "dk-inspect --dump soft/temperature=1/shard-00000.safetensors.zst --rows 0-100000",
    "dk-inspect --verify soft/temperature=1", "dk-evaluate teacher --images shards/train",
    "dk-inspect teacher soft/logits shards/train jittered/train",
  ])
  func `A reader that has read enough is no error`(command: String) throws {
    let result = try pipeline.shell("\(command) --quiet | head -1; echo ${PIPESTATUS[0]}")
    #expect(result.standardOutput.hasSuffix("\n0\n"), "\(result.standardOutput)")
    #expect(result.standardError == "")
    let gone = try pipeline.shell("\(command) --quiet 2>&1 >&- | cat; echo ${PIPESTATUS[0]}")
    #expect(gone.standardOutput.contains("stdout: write failed: "), "\(gone.standardOutput)")
    #expect(gone.standardOutput.hasSuffix("\n74\n"), "\(gone.standardOutput)")
  }

  @Test(arguments: ["2>&-", "2>/dev/full", "<&-", "<&- >&- 2>&-", ">&- 2>&-"])
  func `Streams that are closed change no byte`(streams: String) throws {
    let expected = try pipeline.digests()
    try #require(try pipeline.shell("rm -r shards jittered teacher soft").status == 0)
    for command in SmallPipeline.commands.prefix(4) {
      let result = try pipeline.shell("\(command) \(streams)")
      // Without a stdout the table has nowhere to go.
      #expect(result.status == (streams.contains(">&- ") ? 74 : 0), "\(command) \(streams)")
    }
    let found = try pipeline.digests()
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (path, digest) in expected { #expect(found[path] == digest, "\(path) with \(streams)") }
    let logs = try pipeline.epochs("teacher")
    #expect(logs == Array(1...6))
  }

  #if os(Linux)
    /// A number of processes, from next to nothing to enough.
    @Test(arguments: ["-n 5", "-n 8"])
    func `Under limits programs end, and with one line`(limit: String) throws {
      let student =
        "dk-distill shards/train --soft-targets soft/temperature=20 --hidden 300,300 --epochs 1 --output out/s"
      for command in [
        "dk-ingest train-images train-labels --output out/i", student,
        "dk-soften teacher --images shards/train --temperatures 2 --output out/f",
        "dk-evaluate teacher --images shards/train", "dk-inspect --verify teacher",
      ] {
        let result = try pipeline.shell(
          "ulimit -c 0; ulimit \(limit) || exit 100; exec \(command) --threads 4 --quiet", within: 60)
        // 127: the system's own loader had no room.
        #expect(
          [0, 65, 66, 73, 74, 100, 127].contains(result.status),
          "\(limit) \(command): \(result.status) \(result.standardError)")
        #expect(
          result.status != 65 && result.status != 66 || limit.hasPrefix("-n"),
          "\(limit) \(command): \(result.standardError)")
        #expect(
          result.standardError.split(separator: "\n").count <= 1,
          "\(limit) \(command): \(result.standardError)")
      }
    }
  #endif
}
