import ArgumentParser
import Datasets
import Stage

/// Options that many programs read alike.
package enum OptionRange {
  /// Rows of a file or shard, or shards of a directory.
  ///
  /// - Parameters:
  ///   - text: `5` or `0-9`.
  ///   - option: for the message.
  ///   - expected: for the message.
  /// - Returns: at least one.
  /// - Throws: `OptionError.wrongValue`.
  package static func rows(
    _ text: String, option: String = "--rows", expected: String = "a row or a range such as 0-3"
  ) throws -> Range<Int> {
    // One less than the largest, because a range ends one behind its last row.
    guard let list = NumberList.integers(text, in: 0...Int.max - 1), let first = list.first,
      let last = list.last, last >= first, list == Array(first...last)
    else {
      throw OptionError.wrongValue(
        option: option, expected: expected, found: "'\(text)'")
    }
    return first..<last + 1
  }

  /// A temperature that 32 bits hold too, in which models compute.
  ///
  /// - Throws: `OptionError.wrongValue`.
  package static func checkTemperature(_ value: Double) throws {
    guard value > 0, Float(value).isFinite, Float(value) > 0 else {
      throw OptionError.wrongValue(
        option: "--temperature", expected: "a positive number", found: String(value))
    }
  }
}

extension ChannelOrder: ExpressibleByArgument {}
