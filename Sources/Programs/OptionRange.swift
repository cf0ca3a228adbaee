import ArgumentParser
import Datasets
import Stage

/// Options that many programs read alike.
package enum OptionRange {
  /// Rows of a file or shard.
  ///
  /// - Parameter text: `5` or `0-9`.
  /// - Returns: at least one row.
  /// - Throws: `OptionError.wrongValue`.
  package static func rows(_ text: String) throws -> Range<Int> {
    // One less than the largest, because a range ends one behind its last row.
    guard let list = NumberList.integers(text, in: 0...Int.max - 1), let first = list.first,
      let last = list.last, last >= first, list == Array(first...last)
    else {
      throw OptionError.wrongValue(
        option: "--rows", expected: "a row or a range such as 0-3", found: "'\(text)'")
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
