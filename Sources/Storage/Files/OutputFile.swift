import Foundation

/// A result at a path that the user names: written beside a regular file and put in its place when it is whole, and
/// straight into what is no regular file, such as `/dev/stdout` or a named pipe, which stays what it is.
///
/// A link is followed, and stays. A writer that is dropped before `finish` leaves a regular file as it was.
package final class OutputFile {
  private enum Sink {
    case temporary(TemporaryFile)
    case direct(DirectFile)
    case closed
  }

  /// As the user named it.
  package let path: String
  private var sink: Sink

  /// Says before the work whether `path` can be written.
  ///
  /// - Throws: `StorageError.notAFile`, `.missingParent`, `.cannotCreate`, `.unreadable`.
  package static func check(_ path: String) throws { _ = try OutputTarget(path) }

  /// Opens `path`, creating nothing that a reader could see before `finish`.
  ///
  /// - Parameters:
  ///   - path: of a file that may be there, a named pipe, a device, or what `/dev/stdout` leads to.
  ///   - whileWaiting: called again and again while a pipe has no reader or no room; may throw.
  /// - Returns: the writer.
  /// - Throws: as `check`; what `whileWaiting` throws.
  package static func open(_ path: String, whileWaiting: @escaping () throws -> Void = {}) throws
    -> OutputFile
  {
    switch try OutputTarget(path) {
    case .replace(let place, let old):
      // Remains are a nuisance, and no reason to refuse the work.
      try? AtomicFile.removeTemporaries(of: place)
      let file = try TemporaryFile(for: place)
      // Before the first byte: what only some may read is at no moment open to all.
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

  /// The next bytes.
  ///
  /// - Throws: `StorageError.writeFailed`, with `EPIPE` where the reader went away; what `whileWaiting` throws.
  package func write(_ bytes: [UInt8]) throws {
    switch sink {
    case .temporary(let file): try file.write(bytes)
    case .direct(let file): try file.write(bytes)
    case .closed: preconditionFailure("\(path): written to after its end")
    }
  }

  /// Flushes what was written and puts it in its place.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func finish() throws {
    if case .temporary(let file) = sink { try file.commit() }
    sink = .closed
  }
}
