#if os(Linux)
  import Foundation
  import Storage
  import TestSupport
  import Testing

  /// Faults of the disk while a directory is replaced, by exchange, and in place because a file of the user's lies in
  /// it: what is there is the old output or the new one, and the same command ends with the new one.
  @Suite struct ReplacementFaultTests {
    private static let calls = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20]
    private static let stages = [
      "dk-ingest train-images train-labels --shard-size 200 --output replaced --split a",
      "dk-teach shards/train --hidden 24 --epochs 3 --batch-size 30 --checkpoint-every 13 --output replaced/a",
    ]

    @Test(arguments: FaultTests.kinds + ["exchange"], [false, true])
    func `A fault while replacing loses nothing`(kind: String, inPlace: Bool) throws {
      let pipeline = try SmallPipeline(running: 1)
      let library = try FaultLibrary(pipeline)
      var faults = 0
      for stage in Self.stages {
        let (old, new) = (stage + " --seed 1", stage + " --seed 2 --force")
        try FileSystem.remove(pipeline.directory("replaced"))
        #expect(try pipeline.run(new).status == 0)
        let newData = try pipeline.data("replaced/a")
        try FileSystem.remove(pipeline.directory("replaced"))
        #expect(try pipeline.run(old).status == 0)
        let oldData = try pipeline.data("replaced/a")
        if inPlace { try AtomicFile.write([7], to: pipeline.directory("replaced/a/NOTES.md")) }
        try #require(try pipeline.shell("cp -a replaced kept").status == 0)
        for call in Self.calls {
          try #require(try pipeline.shell("rm -rf replaced && cp -a kept replaced").status == 0)
          let fault = FaultTests.fault(kind, call)
          let (result, struck) = try library.run(new, fault: fault)
          guard struck else { break }
          faults += 1
          if kind != "unlink" || result.status != 0 { FaultTests.expectRefusal(result, fault, new) }
          if !inPlace {
            #expect([oldData, newData].contains(try pipeline.data("replaced/a")), "\(new) at \(fault)")
          }
          let again = try pipeline.run(new)
          #expect(again.status == 0, "\(new) at \(fault): \(again.standardError)")
          #expect(try pipeline.data("replaced/a") == newData, "\(new) at \(fault)")
          #expect(try pipeline.remains("replaced/a") == [], "\(new) at \(fault)")
          #expect(try FileSystem.list(pipeline.directory("replaced")) == ["a"], "\(new) at \(fault)")
          if inPlace { #expect(try bytes(pipeline.directory("replaced/a/NOTES.md")) == [7]) }
        }
        try FileSystem.remove(pipeline.directory("kept"))
      }
      switch kind {
      case "exchange": #expect(faults == (inPlace ? 0 : 2))
      case "mkdir": #expect(faults >= 2)
      default: #expect(faults >= 12, "\(faults) faults")
      }
    }

    @Test func `Where nothing can be exchanged, files are replaced one by one`() throws {
      let pipeline = try SmallPipeline(running: 1)
      let library = try FaultLibrary(pipeline)
      for stage in Self.stages {
        try FileSystem.remove(pipeline.directory("replaced"))
        #expect(try pipeline.run(stage + " --seed 2").status == 0)
        let expected = try pipeline.data("replaced/a")
        #expect(try pipeline.run(stage + " --seed 1 --force").status == 0)
        // As a file system says that has no such call.
        let (result, struck) = try library.run(
          stage + " --seed 2 --force", fault: Fault("exchange", 1, EINVAL))
        #expect(struck && result.status == 0, "\(result.standardError)")
        #expect(try pipeline.data("replaced/a") == expected)
        #expect(try FileSystem.list(pipeline.directory("replaced")) == ["a"])
      }
    }
  }
#endif
