import Foundation
import Storage

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
  private let output = Pipe()
  private let errors = Pipe()

  /// Prepares `name` with `arguments`; relative paths are seen from `workingDirectory`.
  package init(
    _ name: String, _ arguments: [String], in workingDirectory: String, environment: [String: String] = [:]
  ) {
    process.executableURL = URL(fileURLWithPath: name.hasPrefix("/") ? name : Self.directory + "/" + name)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: workingDirectory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
  }

  package func start() throws { try process.run() }

  package func send(signal: Int32) { kill(process.processIdentifier, signal) }

  package var isRunning: Bool { process.isRunning }

  /// Waits for the end. The status of a program that a signal killed is minus the signal.
  package func finish() -> Result {
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let errorText = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Result(
      status: status, standardOutput: String(decoding: text, as: UTF8.self),
      standardError: String(decoding: errorText, as: UTF8.self))
  }

  /// Runs a program to its end.
  @discardableResult
  package static func run(
    _ line: String, in workingDirectory: String, environment: [String: String] = [:]
  ) throws -> Result {
    let words = line.split(separator: " ").map(String.init)
    let program = Program(
      words[0], Array(words.dropFirst()), in: workingDirectory, environment: environment)
    try program.start()
    return program.finish()
  }
}
