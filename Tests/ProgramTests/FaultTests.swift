#if os(Linux)
  import Foundation
  import Storage
  import TestSupport
  import Testing

  /// Faults of the disk at each kind of call: a clear error, nothing valid lost, a rerun that ends right.
  @Suite struct FaultTests {
    static let kinds = ["write", "fsync", "open", "mkdir", "rename", "unlink"]
    /// Calls of a kind that are made to fail: a stage repeats itself after the first.
    private static let calls = [1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 27]

    /// A full disk and a broken one, in turns.
    static func fault(_ kind: String, _ call: Int) -> Fault {
      Fault(kind, call, call % 2 == 0 ? EIO : ENOSPC)
    }

    /// One line, of the status of a failed output, that says which fault it was.
    static func expectRefusal(_ result: Program.Result, _ fault: Fault, _ command: String) {
      #expect([73, 74].contains(result.status), "\(command) at \(fault): \(result.standardError)")
      #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
      let reason = fault.code == EIO ? "Input/output error" : "No space left on device"
      #expect(result.lastErrorLine.contains(reason), "\(command) at \(fault): \(result.lastErrorLine)")
    }

    @Test(arguments: kinds)
    func `A disk that fails is an error, and the rerun ends right`(kind: String) throws {
      let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
      let expected = try pipeline.digests()
      let library = try FaultLibrary(pipeline)
      var faults = 0
      for (index, command) in SmallPipeline.commands.enumerated() {
        for call in Self.calls {
          try FileSystem.remove(pipeline.directory(SmallPipeline.outputs[index]))
          let fault = Self.fault(kind, call)
          let (result, struck) = try library.run(command, fault: fault)
          guard struck else { break }
          faults += 1
          // What cannot be removed and is in nobody's way is no reason to fail.
          if kind != "unlink" || result.status != 0 { Self.expectRefusal(result, fault, command) }
          #expect(try pipeline.run(command).status == 0)
          #expect(try pipeline.digests() == expected, "\(command) at \(fault)")
        }
        _ = try pipeline.run(command)
      }
      #expect(faults > (kind == "mkdir" ? 8 : 30), "\(faults) faults")
    }

    @Test func `Half a line that cannot be taken back is in no log in the end`() throws {
      let pipeline = try SmallPipeline(running: 2)
      let library = try FaultLibrary(pipeline)
      let command = "dk-teach shards/train --hidden 8 --epochs 4 --checkpoint-every 1000000 --output teacher"
      // Plan and log at its start take a write each, then comes each epoch's line.
      for call in 3...5 {
        let fault = Fault("write", call, ENOSPC)
        let (result, struck) = try library.run(command, fault: fault)
        #expect(struck)
        Self.expectRefusal(result, fault, command)
        #expect(result.lastErrorLine.contains("log.jsonl: write failed"), "\(result.lastErrorLine)")
      }
      #expect(try pipeline.run(command).status == 0)
      #expect(try pipeline.epochs("teacher") == [1, 2, 3, 4])
    }

    @Test func `What a killed extension made is ours, and goes when the directory is replaced`() throws {
      let pipeline = try SmallPipeline()
      let library = try FaultLibrary(pipeline)
      let ingest =
        "dk-ingest train-images train-labels --shard-size 100 --jitter 1 --output replaced --split a"
      #expect(try pipeline.run(ingest + " --copies 2").status == 0)
      let stopped = try library.run(ingest + " --copies 4 --threads 1", fault: Fault("rename", 4, ENOSPC))
      #expect(stopped.result.status == 74)
      #expect(FileSystem.kind(pipeline.directory("replaced/a/copy=02")) == .directory)
      let result = try pipeline.run(ingest + " --copies 4 --seed 9 --force")
      #expect(result.status == 0, "\(result.standardError)")
      #expect(try FileSystem.list(pipeline.directory("replaced")) == ["a"])
      // The same with fewer copies leaves nothing of the others behind.
      let again = try library.run(ingest + " --copies 5 --seed 9", fault: Fault("rename", 4, ENOSPC))
      #expect(again.result.status == 74)
      #expect(try pipeline.run(ingest + " --copies 1 --force").status == 0)
      #expect(
        try FileSystem.list(pipeline.directory("replaced/a"))
          == ["copy=00", "locations.json", "manifest.json", "statistics.st"])
    }
  }
#endif
