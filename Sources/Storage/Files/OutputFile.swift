import Foundation

/// Writes a result to a path that the user gives. A regular file is replaced atomically once the result is complete;
/// a pipe, a device or `/dev/stdout` is written to directly.
///
/// A symbolic link is followed and kept. If the writer is released before `finish`, a regular file stays unchanged.
package final class OutputFile {
  private enum Sink {
    case temporary(TemporaryFile)
    case direct(DirectFile)
    case closed
  }

  package let path: String
  /// The path as the user gave it.
  private var sink: Sink

  /// Checks before the work starts that `path` can be written.
  ///
  /// - Throws: `StorageError.notAFile`, `.missingParent`, `.notADirectory`, `.cannotCreate`, `.unreadable`.
  package static func check(_ path: String) throws { _ = try OutputTarget(path) }

  /// Opens `path`. A regular file under this name appears or changes only at `finish`.
  ///
  /// - Parameters:
  ///   - path: path of a new or existing file, a named pipe, a device, or `/dev/stdout`.
  ///   - whileWaiting: called repeatedly while a pipe has no reader or is full; may throw.
  /// - Returns: the writer.
  /// - Throws: as `check`; errors of `whileWaiting`.
  package static func open(_ path: String, whileWaiting: @escaping () throws -> Void = {}) throws
    -> OutputFile
  {
    switch try OutputTarget(path) {
    case .replace(let place, let old):
      // Leftover temporary files only waste space; failing to remove them is no reason to refuse the work.
      try? AtomicFile.removeTemporaries(of: place)
      let file = try TemporaryFile(for: place)
      // Before the first byte is written: content that was private must never be readable by others.
      if let old { file.adopt(old) }
      return OutputFile(path, .temporary(file))
    case .descriptor(let number):
      return OutputFile(path, .direct(try DirectFile(path, copyOf: number, whileWaiting: whileWaiting)))
    case .direct:
      return OutputFile(path, .direct(try DirectFile(path, whileWaiting: whileWaiting)))
    }
  }

  private init(_ path: String, _ sink: Sink) {
    self.path = path
    self.sink = sink
  }

  /// Appends bytes.
  ///
  /// - Throws: `StorageError.writeFailed`, with `EPIPE` if the reader has closed the pipe; errors of `whileWaiting`.
  package func write(_ bytes: [UInt8]) throws {
    switch sink {
    case .temporary(let file): try file.write(bytes)
    case .direct(let file): try file.write(bytes)
    case .closed: preconditionFailure("\(path): written to after its end")
    }
  }

  /// Flushes a regular file and moves it into place; ends direct output.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func finish() throws {
    if case .temporary(let file) = sink { try file.commit() }
    sink = .closed
  }
}
