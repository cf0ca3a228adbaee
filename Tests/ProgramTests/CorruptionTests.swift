#if os(Linux)
  import Foundation
  import Storage
  import TestSupport
  import Testing

  /// Every file of a half-done and of a finished directory, damaged in every way: it is mended, or refused in one line;
  /// nothing hangs, and nothing is written behind a link.
  @Suite struct CorruptionTests {
    private enum Damage: CustomStringConvertible {
      case flipped(Int), cut(Int), emptied, directory, folder, link, danglingLink, pipe

      static let all: [Damage] =
        [0, 35, 71, 99].map { .flipped($0) } + [1, 30, 66, 99].map { .cut($0) }
        + [.emptied, .directory, .folder, .link, .danglingLink, .pipe]

      var description: String {
        switch self {
        case .flipped(let place): "a flipped byte at \(place) %"
        case .cut(let place): "cut at \(place) %"
        case .emptied: "emptied"
        case .directory: "an empty directory"
        case .folder: "a folder of the user's"
        case .link: "a link to a file"
        case .danglingLink: "a link to nothing"
        case .pipe: "a named pipe"
        }
      }
    }

    private static let trainCommand =
      "dk-teach shards/train --hidden 24 --epochs 3 --batch-size 30 --checkpoint-every 13 --output out/a"
    private static let shardCommand =
      "dk-ingest train-images train-labels --shard-size 200 --output out --split a"

    private let pipeline: SmallPipeline

    init() throws { pipeline = try SmallPipeline(running: 1) }

    /// Damages `name` in a copy of `out`, kept as `kept`.
    private func damage(_ name: String, _ damage: Damage) throws {
      let path = pipeline.directory("out/a/" + name)
      let elsewhere = pipeline.directory("elsewhere")
      var content = try bytes(path)
      try AtomicFile.write(content, to: elsewhere)
      try FileSystem.remove(path)
      switch damage {
      case .flipped(let place):
        content[(content.count - 1) * place / 99] ^= 0x10
        try AtomicFile.write(content, to: path)
      case .cut(let place):
        try AtomicFile.write(Array(content.prefix((content.count - 1) * place / 99)), to: path)
      case .emptied: try AtomicFile.write([], to: path)
      case .directory: try FileSystem.createDirectory(path)
      case .folder:
        try FileSystem.createDirectory(path)
        try AtomicFile.write([7], to: path + "/thesis.txt")
      case .link: symlink(elsewhere, path)
      case .danglingLink: symlink(pipeline.directory("nowhere"), path)
      case .pipe: mkfifo(path, 0o600)
      }
    }

    /// Damages each of some files of `out`, which `command` made or is half way with, and runs it again.
    private func check(_ command: String, _ names: [String], options: String = "", expected: [String: Digest])
      throws
    {
      try #require(try pipeline.shell("rm -rf kept && cp -a out kept").status == 0)
      for name in names {
        let original = try Digest(ofFile: pipeline.directory("kept/a/" + name))
        for damage in Damage.all {
          try #require(try pipeline.shell("rm -rf out && cp -a kept out").status == 0)
          try self.damage(name, damage)
          let what: Comment = "\(command): \(name): \(damage)"
          var words = (command + options + " --quiet").split(separator: " ").map(String.init)
          let program = try Program(words.removeFirst(), words, in: pipeline.directory.path)
          try program.start()
          let result = program.finish(within: 30)
          if result.status == 0 {
            #expect(try pipeline.data("out/a").filter { !$0.key.contains("thesis") } == expected, what)
          } else {
            #expect(
              [65, 66, 73, 74].contains(result.status), "\(what): \(result.status) \(result.standardError)")
            let lines = result.standardError.split(separator: "\n").filter { !$0.contains(": warning: ") }
            #expect(lines.count == 1 && lines[0].contains(name), "\(what): \(result.standardError)")
          }
          #expect(try Digest(ofFile: pipeline.directory("elsewhere")) == original, what)
          #expect(FileSystem.kind(pipeline.directory("nowhere")) == nil, what)
          if case .folder = damage {
            #expect(try bytes(pipeline.directory("out/a/\(name)/thesis.txt")) == [7], what)
          }
        }
      }
    }

    /// Runs a command up to a file that it cannot put in its place.
    private func half(_ command: String, files: Int) throws {
      let (result, struck) = try FaultLibrary(pipeline).run(
        command + " --threads 1", fault: Fault("rename", files, EIO))
      try #require(struck && result.status == 74, "\(result.standardError)")
    }

    @Test func `A finished training`() throws {
      try #require(try pipeline.run(Self.trainCommand).status == 0)
      try check(
        Self.trainCommand, ["manifest.json", "locations.json", "log.jsonl", "model.safetensors"],
        options: " --check", expected: pipeline.data("out/a"))
    }

    @Test func `A finished set of shards`() throws {
      try #require(try pipeline.run(Self.shardCommand).status == 0)
      try check(
        Self.shardCommand, ["manifest.json", "locations.json", "shard-00001.safetensors.zst"],
        options: " --check", expected: pipeline.data("out/a"))
    }

    @Test func `A half-done training`() throws {
      try #require(try pipeline.run(Self.trainCommand).status == 0)
      let expected = try pipeline.data("out/a")
      try FileSystem.remove(pipeline.directory("out"))
      // The plan, an empty log, two checkpoints.
      try half(Self.trainCommand, files: 5)
      try check(
        Self.trainCommand, ["plan.json", "checkpoint.safetensors.zst", "log.jsonl"], expected: expected)
    }

    @Test func `A half-done set of shards`() throws {
      try #require(try pipeline.run(Self.shardCommand).status == 0)
      let expected = try pipeline.data("out/a")
      try FileSystem.remove(pipeline.directory("out"))
      try half(Self.shardCommand, files: 3)
      try check(Self.shardCommand, ["plan.json", "shard-00000.safetensors.zst"], expected: expected)
    }

    @Test(
      arguments: ["epoch", "window", "batch", "examples_seen", "loss_sum", "steps"],
      [UInt64(1 << 40), 0x7FF0 << 48])
    func `A checkpoint of a place where no training is, seal and all`(key: String, value: UInt64) throws {
      try #require(try pipeline.run(Self.trainCommand).status == 0)
      let expected = try pipeline.data("out/a")
      try FileSystem.remove(pipeline.directory("out"))
      try half(Self.trainCommand, files: 5)
      let path = pipeline.directory("out/a/checkpoint.safetensors.zst")
      let file = try Safetensors(try ZstdFrame.decompress(try bytes(path), path: path), path: path)
      var writer = SafetensorsWriter(metadata: file.metadata)
      writer.metadata[key] = String(value)
      for (name, layout) in file.header.tensors.sorted(by: { $0.key < $1.key }) {
        writer.add(
          name, bytes: Array(file.bytes[file.byteRange(layout)]), type: layout.type, shape: layout.shape)
      }
      try AtomicFile.write(try ZstdFrame.compress(try writer.bytes(), path: path), to: path)
      let result = try pipeline.run(Self.trainCommand + " --quiet")
      #expect([0, 65].contains(result.status), "\(result.status) \(result.standardError)")
      // Of these nobody but the run that wrote them knows what is right.
      guard !["batch", "steps", "loss_sum"].contains(key) || value > 1 << 48 else { return }
      #expect(result.standardError.contains("starting again"), "\(result.standardError)")
      #expect(try pipeline.data("out/a") == expected)
    }

    @Test func `A folder of the user's under the name of a checkpoint is not deleted`() throws {
      try #require(try pipeline.run(Self.trainCommand).status == 0)
      let thesis = pipeline.directory("out/a/checkpoint.safetensors.zst/thesis.txt")
      try FileSystem.createDirectory(FileSystem.parent(thesis))
      try AtomicFile.write([7], to: thesis)
      for options in ["", " --seed 2 --force", " --force"] {
        let result = try pipeline.run(Self.trainCommand + options + " --checkpoint-every 1000")
        #expect(result.status == 0, "\(result.standardError)")
        #expect(try bytes(thesis) == [7])
      }
    }

    @Test(arguments: [".a.next", "a/.next", "a/copy=00", "a/copy=01"])
    func `Links in the way of a replacement are not followed`(name: String) throws {
      let command = Self.shardCommand + " --jitter 1 --copies 2"
      try #require(try pipeline.run(command).status == 0)
      let elsewhere = pipeline.directory("elsewhere")
      try FileSystem.createDirectory(elsewhere)
      try AtomicFile.write([7], to: elsewhere + "/shard-00000.safetensors.zst")
      try FileSystem.remove(pipeline.directory("out/" + name))
      symlink(elsewhere, pipeline.directory("out/" + name))
      let before = try digests(elsewhere)
      for options in [" --seed 2 --force", " --force", ""] {
        let result = try pipeline.run(command + options + " --quiet")
        #expect([0, 73].contains(result.status), "\(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count <= 1)
        #expect(try digests(elsewhere) == before, "\(name)\(options)")
        #expect(try FileSystem.isLink(pipeline.directory("out/" + name)))
      }
    }
  }
#endif
