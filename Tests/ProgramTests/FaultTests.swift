#if os(Linux)
  import Foundation
  import Storage
  import TestSupport
  import Testing

  /// Write faults at every write, fsync and rename: a clear error, nothing valid lost, a rerun that ends right.
  @Suite struct FaultTests {
    private static let shim = FileSystem.parent(#filePath) + "/Faults/fault.c"

    /// Calls of each kind that are made to fail for each command; a training repeats itself after that.
    private static let mostCalls = 24

    @Test(arguments: ["write", "fsync", "rename"])
    func `A disk that fails is an error, and the rerun ends right`(operation: String) throws {
      let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
      let expected = try pipeline.digests()
      let library = pipeline.directory("fault.so")
      let compiled = try pipeline.run("/usr/bin/env cc -shared -fPIC -O1 -o \(library) \(Self.shim) -ldl")
      try #require(compiled.status == 0, "\(compiled.standardError)")
      var faults = 0
      for (index, command) in SmallPipeline.commands.enumerated() {
        let output = SmallPipeline.outputs[index]
        for call in 1...Self.mostCalls {
          try FileSystem.remove(pipeline.directory(output))
          let result = try pipeline.run(
            command + " --quiet", environment: ["LD_PRELOAD": library, "DK_FAULT": "\(operation):\(call)"])
          if result.status == 0 { break }
          faults += 1
          #expect(
            [73, 74].contains(result.status), "\(command) at \(operation) \(call): \(result.standardError)")
          #expect(result.standardError.split(separator: "\n").count == 1)
          #expect(result.lastErrorLine.contains("\(operation) failed: "))
          #expect(try pipeline.run(command).status == 0)
          #expect(try pipeline.digests() == expected)
        }
        _ = try pipeline.run(command)
      }
      #expect(faults > 60)
    }

    @Test(arguments: ["write", "fsync", "rename"])
    func `A fault while replacing leaves the old output valid`(operation: String) throws {
      let pipeline = try SmallPipeline(running: 1)
      let expected = try pipeline.digests()
      let library = pipeline.directory("fault.so")
      _ = try pipeline.run("/usr/bin/env cc -shared -fPIC -O1 -o \(library) \(Self.shim) -ldl")
      let other = SmallPipeline.commands[0] + " --classes 4 --force --quiet"
      let changed = other.replacingOccurrences(of: "--seed 3", with: "--seed 4")
      for call in [1, 3, 9] {
        let result = try pipeline.run(
          changed, environment: ["LD_PRELOAD": library, "DK_FAULT": "\(operation):\(call)"])
        #expect([73, 74].contains(result.status))
        #expect(try pipeline.digests() == expected)
        #expect(try pipeline.run("dk-inspect shards/train").status == 0)
      }
      #expect(try pipeline.run(changed).status == 0)
      #expect(try pipeline.digests() != expected)
    }
  }
#endif
