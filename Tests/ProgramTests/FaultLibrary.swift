#if os(Linux)
  import Foundation
  import Storage
  import TestSupport

  /// A call that is made to fail.
  struct Fault: CustomStringConvertible {
    let kind: String
    /// From 1 on, among the calls of its kind.
    let call: Int
    /// An `errno`.
    let code: Int32

    init(_ kind: String, _ call: Int, _ code: Int32) {
      (self.kind, self.call, self.code) = (kind, call, code)
    }

    var description: String { "\(kind):\(call):\(code)" }
  }

  /// `Faults/fault.c`, compiled for the programs of a pipeline.
  struct FaultLibrary {
    private static let source = FileSystem.parent(#filePath) + "/Faults/fault.c"
    private let pipeline: SmallPipeline

    init(_ pipeline: SmallPipeline) throws {
      self.pipeline = pipeline
      let result = try pipeline.run(
        "/usr/bin/env cc -shared -fPIC -O1 -o \(pipeline.directory("fault.so")) \(Self.source) -ldl")
      guard result.status == 0 else { throw NoCompiler(output: result.standardError) }
    }

    /// Runs a command with a fault.
    ///
    /// - Returns: what it gave, and whether it ever came to that call.
    func run(_ command: String, fault: Fault) throws -> (result: Program.Result, struck: Bool) {
      let mark = pipeline.directory(".struck")
      let result = try pipeline.run(
        command + " --quiet",
        environment: [
          "LD_PRELOAD": pipeline.directory("fault.so"), "DK_FAULT": fault.description, "DK_FAULT_MARK": mark,
        ])
      defer { unlink(mark) }
      return (result, FileSystem.kind(mark) != nil)
    }
  }

  struct NoCompiler: Error {
    let output: String
  }
#endif
