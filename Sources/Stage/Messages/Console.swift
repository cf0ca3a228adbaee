import Foundation
import Logging
import Storage
import Synchronization

/// What a program says to people, on stderr; results go to stdout.
package final class Console: Sendable {
  /// Set before every line.
  package let program: String
  /// Whether notes and progress are left out; warnings and errors never are.
  package let isQuiet: Bool
  /// Whether stderr is a terminal that can show a moving bar.
  package let isTerminal: Bool
  private let logger: Logger
  private let barShown = Mutex(false)

  /// Looks at stderr once: whether it is a terminal.
  package init(program: String, quiet: Bool) {
    self.program = program
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
    let words = ProcessInfo.processInfo.environment
    // As no-color.org has it: set and not empty.
    let isAllowed = (words["NO_COLOR"] ?? "").isEmpty && words["TERM"] != "dumb"
    let isColored = isTerminal && isAllowed
    logger = Logger(label: program) { ConsoleLogHandler(label: $0, isColored: isColored) }
  }

  /// Columns of the terminal, asked anew each time: windows are resized.
  var width: Int { Self.width(of: STDERR_FILENO) ?? 80 }

  /// Columns that a table on stdout may have; any number where it goes to no terminal.
  package var resultWidth: Int { Self.width(of: STDOUT_FILENO) ?? .max }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A plain line of progress; nothing where the user wants quiet.
  package func note(_ text: String) {
    if !isQuiet {
      clearBar()
      logger.info("\(text.printable)")
    }
  }

  /// Something the user should know even where quiet is wanted.
  package func warn(_ text: String) {
    clearBar()
    logger.warning("\(text.printable)")
  }

  /// The one line that ends a failed run.
  ///
  /// - Parameters:
  ///   - error: a `Failure` says itself what is wrong; any other is a fault of ours.
  ///   - advice: what to do, where the error itself does not know.
  package func fail(_ error: any Error, advice: String? = nil) {
    clearBar()
    let text = (error as? any Failure)?.description ?? "internal fault: \(error)"
    // On one line, though a parser's message has several: scripts read the last line.
    logger.error("\((text + (advice.map { "; \($0)" } ?? "")).replacing("\n", with: " ").printable)")
  }

  /// Shows `text` in place of the last bar, cut to the width of the terminal: a bar that wraps is not overwritten.
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

  /// Writes to stderr; that it is gone (a closed pipe, a lost terminal) is no reason to stop the work.
  fileprivate static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes the result of the program to stdout.
  ///
  /// - Throws: `StorageError.writeFailed`.
  package func result(_ text: String) throws {
    // Names and metadata of others stand in it: what they hold is shown, never obeyed by the terminal.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    // By the system's call: Foundation's handle traps where its descriptor is gone.
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(STDOUT_FILENO, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      // Who closes the pipe has read enough, as `head` does.
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
  /// Whether the level stands out by its colour.
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
