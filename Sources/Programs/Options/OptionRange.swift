import ArgumentParser
import Datasets
import Networks
import Stage

/// Options that several programs parse in the same way.
package enum OptionRange {
  /// Rows of a file or shard, or shards of a directory.
  ///
  /// - Parameters:
  ///   - text: `5` or `0-9`.
  ///   - option: for the message.
  ///   - expected: for the message.
  /// - Returns: a range of at least one row.
  /// - Throws: `OptionError.wrongValue`.
  package static func rows(
    _ text: String, option: String = "--rows", expected: String = "a row or a range such as 0-3"
  ) throws -> Range<Int> {
    // `Int.max` is refused, because the range ends one past its last row; so are lists with gaps, such as 1,3.
    guard let list = NumberList.integers(text, in: 0...Int.max - 1), let first = list.first,
      let last = list.last, last >= first, list == Array(first...last)
    else {
      throw OptionError.wrongValue(
        option: option, expected: expected, found: "'\(text)'")
    }
    return first..<last + 1
  }

  /// Checks that a temperature is positive and finite, also as a 32-bit float, in which models compute.
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
extension Combination: ExpressibleByArgument {}
extension SoftTargetEncoding.Precision: ExpressibleByArgument {}
