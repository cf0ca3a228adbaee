import Foundation
import Testing

/// Says at the end of a run which tests were skipped.
@Suite struct SkipNotice {
  @Test func `Skipped tests are named at the end of the run`() throws {
    // Not before the end, where nobody would see it among a thousand lines.
    atexit {
      if let line = try? SkippedTests().line { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
    }
  }
}
