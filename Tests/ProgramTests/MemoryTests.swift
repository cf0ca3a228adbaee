import Foundation
import Storage
import TestSupport
import Testing

#if os(Linux)
  /// How much memory programs take, and what they say where there is too little.
  @Suite(.serialized) struct MemoryTests {
    private static let (count, side) = (1500, 128)
    private let directory: TemporaryDirectory

    /// Ingests 25 MB of pictures, each class of a brightness of its own.
    init() throws {
      directory = try TemporaryDirectory()
      let labels = (0..<Self.count).map { $0 % 4 }
      var writer = SafetensorsWriter(metadata: [:])
      writer.add(
        "images",
        labels.flatMap { label in (0..<Self.side * Self.side).map { UInt8(label * 60 + $0 * 31 % 17) } },
        shape: [Self.count, Self.side, Self.side])
      writer.add("labels", labels.map { Int64($0) }, shape: [Self.count])
      try AtomicFile.write(try writer.bytes(), to: directory("source.safetensors"))
      let result = try Program.run(
        "dk-ingest source.safetensors --shard-size 100 --output shards", in: directory.path)
      guard result.status == 0 else {
        throw PipelineFailed(command: "dk-ingest", line: result.standardError)
      }
    }

    /// Most bytes in memory at a time.
    private func peak(_ command: String) throws -> Int {
      let words = command.split(separator: " ").map(String.init)
      let program = try Program(words[0], Array(words.dropFirst()), in: directory.path)
      try program.start()
      var peak = 0
      while program.isRunning {
        // The kernel's own maximum; what it rises to in the last moment alone is missed.
        let path = "/proc/\(program.identifier)/status"
        let status = try? String(contentsOfFile: path, encoding: .utf8)
        if let line = status?.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
          let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        {
          peak = max(peak, kilobytes * 1024)
        }
        usleep(500)
      }
      let result = program.finish()
      #expect(result.status == 0, "\(result.standardError)")
      return peak
    }

    @Test func `Many seeds one after the other take no more memory than two`() throws {
      let command = "dk-distill shards/train --hidden 4 --optimizer adam --epochs 1 --threads 1 --quiet"
      let two = try peak(command + " --seeds 0-1 --output two")
      let eight = try peak(command + " --seeds 0-7 --output eight")
      // The window of one seed, of which each of the six would leave one.
      let window = Self.count * Self.side * Self.side
      #expect(two > 2 * window && eight < two + window, "\(two) and \(eight) bytes")
    }

    @Test func `Where memory is scarce fewer nets are trained at a time, to the same bytes`() throws {
      let command =
        "dk-distill shards/train --hidden 4 --optimizer adam --epochs 1 --threads 4 --seeds 0-3"
      #expect(try Program.run(command + " --output free", in: directory.path).status == 0)
      let result = try Program.shell("ulimit -d 250000; exec \(command) --output scarce", in: directory.path)
      #expect(result.status == 0, "\(result.standardError)")
      #expect(
        result.standardError.contains(/memory for [123] of 4 nets at a time/), "\(result.standardError)")
      #expect(try digests(directory("scarce")) == digests(directory("free")))
    }

    @Test func `A net that does not fit is refused in one line before anything is written`() throws {
      let result = try Program.shell(
        "ulimit -d 300000; exec dk-distill shards/train --hidden 4000,4000 --output net --quiet",
        in: directory.path)
      #expect(result.status == 74)
      let line =
        /dk-distill: error: 16384-4000-4000-4: not enough memory: expected \d+ MB, found \d+ MB available; .+\n/
      #expect(result.standardError.wholeMatch(of: line) != nil, "\(result.standardError)")
      #expect(FileSystem.kind(directory("net")) == nil)
    }
  }
#endif
