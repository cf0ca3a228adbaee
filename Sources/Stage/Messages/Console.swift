import Foundation
import Logging
import Storage
import Synchronization

/// Messages and progress of a program on stderr, and its results on stdout.
package final class Console: Sendable {
  /// Prefix of every line.
  package let program: String
  /// Whether notes and progress are suppressed; warnings and errors are always shown.
  package let isQuiet: Bool
  /// Whether stderr is a terminal that can show a moving bar.
  package let isTerminal: Bool
  private let logger: Logger
  private let barShown = Mutex(false)

  /// Checks once whether stderr is a terminal.
  package init(program: String, quiet: Bool) {
    self.program = program
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
    let words = ProcessInfo.processInfo.environment
    // See no-color.org: NO_COLOR counts if it is set and not empty.
    let isAllowed = (words["NO_COLOR"] ?? "").isEmpty && words["TERM"] != "dumb"
    let isColored = isTerminal && isAllowed
    logger = Logger(label: program) { ConsoleLogHandler(label: $0, isColored: isColored) }
  }

  /// Width of the terminal in columns, queried each time because windows are resized.
  var width: Int { Self.width(of: STDERR_FILENO) ?? 80 }

  /// Width available for a table on stdout, in columns; unlimited if stdout is not a terminal.
  package var resultWidth: Int { Self.width(of: STDOUT_FILENO) ?? .max }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Prints a line of progress, unless `isQuiet`.
  package func note(_ text: String) {
    if !isQuiet {
      clearBar()
      logger.info("\(text.printable)")
    }
  }

  /// Prints a warning, also if `isQuiet`.
  package func warn(_ text: String) {
    clearBar()
    logger.warning("\(text.printable)")
  }

  /// Prints the last line of a failed run.
  ///
  /// - Parameters:
  ///   - error: a `Failure` is shown by its description; any other error is reported as an internal fault.
  ///   - advice: advice that the error itself cannot give, such as the name of an option.
  package func fail(_ error: any Error, advice: String? = nil) {
    clearBar()
    let text = (error as? any Failure)?.description ?? "internal fault: \(error)"
    // On one line, even if a parser's message has several, because scripts read the last line.
    logger.error("\((text + (advice.map { "; \($0)" } ?? "")).replacing("\n", with: " ").printable)")
  }

  /// Replaces the last bar with `text`, cut to the width of the terminal: a wrapped bar could not be overwritten.
  func showBar(_ text: String) {
    barShown.withLock { $0 = true }
    Self.say("\r\u{1B}[2K\(text.printable.prefix(max(0, width - 1)))")
  }

  private func clearBar() {
    let wasShown = barShown.withLock { shown in
      defer { shown = false }
      return shown
    }
    if wasShown { Self.say("\r\u{1B}[2K") }
  }

  /// Writes to stderr. Errors are ignored: a closed pipe or lost terminal is no reason to stop the work.
  fileprivate static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes the result of the program to stdout.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func result(_ text: String) throws {
    // The text may contain foreign names and metadata, so control sequences are escaped for the terminal.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    // `write` instead of Foundation's file handle, which traps if the descriptor is closed.
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(STDOUT_FILENO, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      // A reader that closes the pipe, such as `head`, has read enough.
      if count < 0, errno == EPIPE { return }
      guard count > 0 else { throw StorageError.writeFailed(path: "stdout", operation: "write", code: errno) }
      written += count
    }
  }

  /// Writes the result of the program to stdout, as one JSON object or as text: the only place that prints JSON.
  ///
  /// - Parameters:
  ///   - value: the result.
  ///   - json: whether programs are to read it.
  ///   - text: the same for people.
  /// - Throws: `StorageError.writeFailed`; what `text` throws.
  package func result(_ value: some Encodable, json: Bool, text: @autoclosure () throws -> String) throws {
    try result(json ? String(decoding: CanonicalJSON.report(value), as: UTF8.self) : text())
  }
}

/// Writes log lines as `PROGRAM: warning: text`, without clock time, to stderr.
private struct ConsoleLogHandler: LogHandler {
  let label: String
  /// Whether the level is coloured.
  let isColored: Bool
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let word = "\(event.level.rawValue):"
    let color = event.level == .warning ? 33 : 31
    let level = event.level == .info ? "" : (isColored ? "\u{1B}[\(color)m\(word)\u{1B}[0m" : word) + " "
    Console.say("\(label): \(level)\(event.message)\n")
  }
}
