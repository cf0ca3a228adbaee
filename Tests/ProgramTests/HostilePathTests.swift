import Foundation
import Storage
import TestSupport
import Testing

/// What the arguments of programs may lead to: pipes, directories without rights, names that are not text.
@Suite struct HostilePathTests {
  private let pipeline: SmallPipeline

  init() throws {
    pipeline = try SmallPipeline(running: 4)
    try #require(mkfifo(pipeline.directory("pipe"), 0o600) == 0)
    try #require(mkfifo(pipeline.directory("pipe.safetensors"), 0o600) == 0)
    try #require(mkfifo(pipeline.directory("pipe.safetensors.zst"), 0o600) == 0)
  }

  /// Runs a command that must be refused, soon and in one line.
  private func expectRefusal(
    _ command: String, _ statuses: Set<Int32> = [65, 66, 73], _ text: String = ""
  ) throws {
    var words = (command + " --quiet").split(separator: " ").map(String.init)
    let program = try Program(words.removeFirst(), words, in: pipeline.directory.path)
    try program.start()
    let result = program.finish(within: 20)
    #expect(statuses.contains(result.status), "\(command): \(result.status) \(result.standardError)")
    #expect(result.standardError.split(separator: "\n").count == 1, "\(command): \(result.standardError)")
    #expect(text.isEmpty || result.lastErrorLine.contains(text), "\(command): \(result.standardError)")
  }

  @Test(arguments: [
    "dk-ingest pipe train-labels --output x", "dk-ingest train-images pipe --output x",
    "dk-ingest pipe --output x", "dk-ingest pipe.safetensors --output x",
    "dk-ingest train-images train-labels --output pipe", "dk-teach pipe --output x",
    "dk-teach shards/train --validation pipe --output x", "dk-teach shards/train --init pipe --output x",
    "dk-teach shards/train --output pipe", "dk-soften pipe --images shards/train --output x",
    "dk-soften teacher --images pipe --output x", "dk-soften --from-logits pipe --output x",
    "dk-soften --logits pipe --images shards/train --output x",
    "dk-soften --logits pipe.safetensors --images shards/train --output x",
    "dk-soften teacher --images shards/train --output pipe", "dk-distill pipe --output x",
    "dk-distill shards/train --soft-targets pipe --output x",
    "dk-distill shards/train --validation pipe --output x", "dk-distill shards/train --init pipe --output x",
    "dk-distill shards/train --output pipe", "dk-evaluate pipe --images shards/train",
    "dk-evaluate teacher pipe --images shards/train", "dk-evaluate teacher --images pipe", "dk-inspect pipe",
    "dk-evaluate teacher --images shards/train --soft-targets pipe",
    "dk-neighbors pipe --images shards/validation --among shards/train",
    "dk-neighbors --images pipe --among shards/train", "dk-neighbors --images shards/train --among pipe",
    "dk-calibrate pipe --images shards/train --prior uniform --output x",
    "dk-calibrate teacher --images pipe --prior uniform --output x",
    "dk-calibrate teacher --images shards/train --soft-targets pipe --output x",
    "dk-calibrate teacher --images shards/train --prior uniform --output pipe",
    "dk-inspect pipe.safetensors", "dk-inspect pipe.safetensors.zst", "dk-inspect --verify pipe",
    "dk-inspect --recompute 3 pipe", "dk-inspect --dump pipe.safetensors.zst",
    "dk-inspect --join shards/train pipe --output x",
    "dk-inspect --join shards/train shards/train --output pipe",
  ])
  func `A named pipe is refused at once`(command: String) throws {
    try expectRefusal(command, command.hasSuffix("--output pipe") ? [73] : [65, 66], "pipe")
    #expect(FileSystem.kind(pipeline.directory("x")) == nil)
  }

  @Test func `A named pipe inside a directory is refused at once`() throws {
    for (name, commands) in [
      (
        "shards/train/shard-00002.safetensors.zst",
        [
          "dk-evaluate teacher --images shards/train", "dk-inspect shards/train",
          "dk-teach shards/train --output x",
        ]
      ),
      (
        "teacher/model.safetensors", ["dk-evaluate teacher --images shards/validation", "dk-inspect teacher"]
      ),
      (
        "teacher/manifest.json",
        ["dk-evaluate teacher --images shards/validation", "dk-inspect --verify teacher"]
      ),
    ] {
      try FileSystem.remove(pipeline.directory(name))
      try #require(mkfifo(pipeline.directory(name), 0o600) == 0)
      for command in commands { try expectRefusal(command, [65, 66]) }
    }
    // Where the inputs lay is a help and no more.
    try FileSystem.remove(pipeline.directory("soft/logits/locations.json"))
    try #require(mkfifo(pipeline.directory("soft/logits/locations.json"), 0o600) == 0)
    try expectRefusal("dk-inspect --verify soft/logits", [65])
  }

  @Test(arguments: ["", "/dev/null", "/dev/null/x", "train-images/x", "loop", "loop/x"])
  func `An output that cannot be one is refused before the work`(output: String) throws {
    symlink("loop", pipeline.directory("loop"))
    let before = try pipeline.digests()
    for command in [
      "dk-ingest train-images train-labels --output", "dk-teach shards/train --output",
      "dk-soften teacher --images shards/train --output",
      "dk-inspect --join shards/train shards/train --output",
    ] {
      let words = command.split(separator: " ").map(String.init)
      let arguments = words.dropFirst() + [output, "--quiet"]
      let program = try Program(words[0], Array(arguments), in: pipeline.directory.path)
      try program.start()
      let result = program.finish(within: 20)
      #expect(
        [64, 73, 74].contains(result.status),
        "\(command) '\(output)': \(result.status) \(result.standardError)")
      #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
    }
    #expect(try pipeline.digests() == before)
  }

  #if os(Linux)
    @Test func `Files that may not be read or written are no damage`() throws {
      let drop = geteuid() == 0 ? "exec setpriv --reuid=65534 --regid=65534 --clear-groups " : "exec "
      try #require(try pipeline.shell("mkdir free && chmod 777 free && " + drop + "true").status == 0)
      for (path, mode, command, status) in [
        ("train-images", "000", "dk-ingest train-images train-labels --output free/x", 74),
        ("shards/train/shard-00000.safetensors.zst", "000", "dk-evaluate teacher --images shards/train", 74),
        ("shards/train/manifest.json", "000", "dk-teach shards/train --output free/x", 74),
        ("shards/train", "000", "dk-teach shards/train --output free/x", 74),
        ("teacher/model.safetensors", "000", "dk-evaluate teacher --images shards/train", 74),
        ("soft/logits/manifest.json", "000", "dk-soften --from-logits soft/logits --output free/x", 74),
        ("teacher/manifest.json", "000", "dk-inspect teacher", 74),
        ("teacher/model.safetensors", "000", "dk-inspect --verify teacher", 74),
        ("teacher", "000", "dk-inspect --verify teacher", 74),
        ("teacher/manifest.json", "000", SmallPipeline.commands[2], 74),
        ("free", "555", "dk-teach shards/train --output free/x", 73),
        ("soft/temperature=20", "555", SmallPipeline.commands[3] + " --force --dtype f16", 73),
        ("teacher", "555", SmallPipeline.commands[2] + " --seed 3 --force", 73),
      ] as [(String, String, String, Int32)] {
        try #require(try pipeline.shell("cp -a \(path) kept && chmod \(mode) \(path)").status == 0)
        let result = try pipeline.shell(drop + command + " --quiet")
        #expect(
          result.status == status, "\(mode) \(path): \(command): \(result.status) \(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
        #expect(
          ["checksum", "damaged", "truncated", "rebuild"].allSatisfy { !result.standardError.contains($0) },
          "\(path): \(result.standardError)")
        try #require(try pipeline.shell("rm -rf \(path) && mv kept \(path)").status == 0)
      }
    }

    @Test func `Names that are not UTF-8 stay where they are when a directory is replaced`() throws {
      let ingest =
        "dk-ingest train-images train-labels --shard-size 100 --jitter 1 --copies 2 --output out --split a"
      #expect(try pipeline.run(ingest).status == 0)
      try #require(
        try pipeline.shell(
          "cd out/a && echo 1 >$'caf\\xe9' && mkdir $'d\\xff' && echo 2 >$'d\\xff/b' && echo 3 >$'copy=00/\\xfe.txt'"
        ).status == 0)
      for options in [" --seed 4 --force", " --seed 4", " --force", " --copies 3"] {
        let result = try pipeline.run(ingest + options)
        #expect(result.status == 0, "\(options): \(result.standardError)")
        let there = try pipeline.shell("cd out/a && cat $'caf\\xe9' $'d\\xff/b' $'copy=00/\\xfe.txt'")
        #expect(there.standardOutput == "1\n2\n3\n", "\(options): \(there.standardError)")
        #expect(try pipeline.remains("out/a") == [])
      }
      #expect(try pipeline.run("dk-inspect out/a").status == 0)
    }
  #endif
}
