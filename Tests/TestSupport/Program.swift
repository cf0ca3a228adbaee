import Foundation
import Storage

/// The Python of `pipelines/setup.sh --python`; nil where DK_PYTHON does not name it.
package let python = ProcessInfo.processInfo.environment["DK_PYTHON"]

/// One of our programs, as a user runs it.
package struct Program {
  package struct Result: Sendable {
    package let status: Int32
    package let standardOutput: String
    package let standardError: String

    /// The last line that is not empty.
    package var lastErrorLine: String {
      standardError.split(separator: "\n").last.map(String.init) ?? ""
    }
  }

  /// Where the built programs lie: beside the tests.
  package static let directory = FileSystem.parent(
    FileSystem.absolute(
      ProcessInfo.processInfo.arguments[0].hasPrefix("/")
        ? ProcessInfo.processInfo.arguments[0] : "/proc/self/exe"))

  private let process = Process()
  /// Files rather than pipes, which would hold a program up that says much before anybody listens.
  private let streams: TemporaryDirectory

  /// Prepares `name` with `arguments`; relative paths are seen from `workingDirectory`.
  package init(
    _ name: String, _ arguments: [String], in workingDirectory: String, environment: [String: String] = [:]
  ) throws {
    streams = try TemporaryDirectory()
    for name in ["out", "err"] { try AtomicFile.write([], to: streams(name)) }
    process.executableURL = URL(fileURLWithPath: name.hasPrefix("/") ? name : Self.directory + "/" + name)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: workingDirectory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardOutput = FileHandle(forWritingAtPath: streams("out"))
    process.standardError = FileHandle(forWritingAtPath: streams("err"))
    process.standardInput = FileHandle.nullDevice
  }

  package func start() throws { try process.run() }

  package func send(signal: Int32) { kill(process.processIdentifier, signal) }

  /// The number of the process.
  package var identifier: Int32 { process.processIdentifier }

  package var isRunning: Bool { process.isRunning }

  /// Waits for the end. The status of a program that a signal killed is minus the signal.
  package func finish() -> Result {
    process.waitUntilExit()
    let (text, errorText) = (contents("out"), contents("err"))
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Result(status: status, standardOutput: text, standardError: errorText)
  }

  /// Waits for the end, and no longer than `seconds`: what hangs is killed, and has status -9 then.
  package func finish(within seconds: Double) -> Result {
    let end = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < end { usleep(1000) }
    if process.isRunning { send(signal: SIGKILL) }
    return finish()
  }

  private func contents(_ stream: String) -> String {
    String(decoding: (try? bytes(streams(stream))) ?? [], as: UTF8.self)
  }

  /// Runs a program to its end.
  @discardableResult
  package static func run(
    _ line: String, in workingDirectory: String, environment: [String: String] = [:]
  ) throws -> Result {
    let words = line.split(separator: " ").map(String.init)
    let program = try Program(
      words[0], Array(words.dropFirst()), in: workingDirectory, environment: environment)
    try program.start()
    return program.finish()
  }

  /// Runs a line of the shell's, which finds our programs by name; with a limit, because it may wait for what never
  /// comes.
  ///
  /// - Parameters:
  ///   - script: for bash; `exec` before a single program lets the limit reach it.
  ///   - workingDirectory: from which relative paths are seen.
  ///   - seconds: after which it is killed.
  /// - Returns: what it said, and its status.
  /// - Throws: where the shell cannot be started.
  package static func shell(_ script: String, in workingDirectory: String, within seconds: Double = 60) throws
    -> Result
  {
    let path = "\(directory):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    let program = try Program(
      "/usr/bin/env", ["bash", "-c", script], in: workingDirectory,
      environment: ["PATH": path, "SWIFT_BACKTRACE": "enable=no"])
    try program.start()
    return program.finish(within: seconds)
  }
}
