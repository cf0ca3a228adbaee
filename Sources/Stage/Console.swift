import Foundation
import Logging
import Storage
import Synchronization

/// What a program says to people, on stderr; results go to stdout.
package final class Console: Sendable {
  package let program: String
  package let isQuiet: Bool
  /// Whether stderr is a terminal that can show a moving bar.
  package let isTerminal: Bool
  private let logger: Logger
  private let barShown = Mutex(false)

  package init(program: String, quiet: Bool) {
    self.program = program
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
    logger = Logger(label: program) { ConsoleLogHandler(label: $0) }
  }

  /// A plain line of progress; nothing with `--quiet`.
  package func note(_ text: String) {
    if !isQuiet {
      clearBar()
      logger.info("\(text)")
    }
  }

  /// Something the user should know even with `--quiet`.
  package func warn(_ text: String) {
    clearBar()
    logger.warning("\(text)")
  }

  /// The one line that ends a failed run.
  package func fail(_ error: any Error) {
    clearBar()
    let text = (error as? any Failure)?.description ?? "internal fault: \(error)"
    logger.error("\(text.replacing("\n", with: " "))")
  }

  /// Shows `text` in place of the last bar.
  func showBar(_ text: String) {
    barShown.withLock { $0 = true }
    FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
  }

  func clearBar() {
    if barShown.withLock({ shown in
      defer { shown = false }; return shown
    }) {
      FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8))
    }
  }

  /// Writes the result of the program to stdout.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func result(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      throw StorageError.writeFailed(path: "stdout", operation: "write", code: errno)
    }
  }

  /// Writes one JSON object to stdout.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func result(json value: some Encodable) throws {
    try result(String(decoding: CanonicalJSON.report(value), as: UTF8.self))
  }
}

/// Writes log lines as `dk-teach: warning: text`, without clock time, to stderr.
private struct ConsoleLogHandler: LogHandler {
  let label: String
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let level = event.level == .info ? "" : "\(event.level.rawValue): "
    // stderr gone (a closed pipe) is no reason to stop the work.
    try? FileHandle.standardError.write(contentsOf: Data("\(label): \(level)\(event.message)\n".utf8))
  }
}
